import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/workload/http-answer.ts';
import { openHttpTarget, ownPath, ownPattern } from '../../../src/workload/http-target.ts';

/**
 * Goal: a request whose connection is not made in time was never sent, and says so; one that was sent
 * and not answered is unknown. Method: a server that never accepts, behind a queue of two connections
 * that the kernel makes for it.
 */
const server = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 });
  server.on('listening', () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

test('no connection in time: rejected; connected and not answered: indeterminate', async () => {
  const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(child.stdout, 'data');
    const target = openHttpTarget({
      origin: `http://127.0.0.1:${port}`,
      timeoutMs: 300,
      pattern: ownPattern,
      pathOf: ownPath,
    });
    const answers = await Promise.all(
      Array.from(
        { length: 6 },
        (_, n) => new Promise<HttpAnswer>((resolve) => target.hit('hits', `a:${n}`, resolve)),
      ),
    );
    await target.close();
    const of = (outcome: string) => answers.filter((answer) => answer.outcome === outcome);
    expect(new Set(of('indeterminate').map(({ error }) => error))).toEqual(new Set(['timeout']));
    expect(new Set(of('rejected').map(({ error }) => error))).toEqual(new Set(['connect-timeout']));
    expect(of('indeterminate').length).toBeLessThan(6);
    expect(of('rejected').length + of('indeterminate').length).toBe(6);
  } finally {
    child.kill('SIGKILL');
  }
});
