import { openEmbedded } from '../../../src/provider/embedded/provider.ts';
import type { KubeObject } from '../../../src/provider/provider.ts';

/**
 * A tool of its own for tests that kill it or run it as another user: opens the embedded provider,
 * runs three Redis pods that listen on the port in argv[2], and says `up` with what one of them sees.
 */
const port = process.argv[2] ?? '6379';
const signal = AbortSignal.timeout(60_000);
const provider = await openEmbedded({
  namespace: 'child',
  undo: { record: async () => 'undo', done: async () => {} },
  nodeProgram: process.execPath,
  images: [],
  log: (line) => process.stderr.write(`${line}\n`),
  signal,
});
const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    containers: [{ name: 'main', image: 'redis:8.0', args: ['--port', port, '--save', ''] }],
  },
});
await provider.apply([pod('a'), pod('b'), pod('c')], signal);
for (;;) {
  const pods = await provider.list('Pod', null, signal);
  const addresses = pods.map((each) => (each.status as { podIP?: string }).podIP ?? '');
  const all = await Promise.all(
    addresses.map(async (address) => {
      try {
        const argv = ['redis-cli', '-h', address, '-p', port, 'ping'];
        const answer = await provider.exec('a', 'main', argv, { timeoutMs: 5000 }, signal);
        return answer.stdout.toString().trim() === 'PONG';
      } catch {
        return false; // not started yet
      }
    }),
  );
  if (all.every(Boolean)) break;
}
const user = await provider.exec('a', 'main', ['id', '-u'], { timeoutMs: 5000 }, signal);
process.stdout.write(`up uid=${user.stdout.toString().trim()}\n`);
if (process.argv[3] === 'dispose') {
  await provider.dispose();
  process.stdout.write('disposed\n');
} else {
  setInterval(() => {}, 1000);
}
