import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttpTarget, ownPath, ownPattern } from './http-target.ts';
import { startOpenLoop } from './open-loop.ts';

/** Below this rate, in requests a second, code that runs for the first time is still in time. */
const fastRate = 1000;
/** As measured (bench/lateness.ts): after 500 more bring nothing; they take 0.1 s. */
const requests = 500;
const ratePerSecond = 5000;

/**
 * Runs the load's code against a page of its own, so that it is compiled when the schedule begins: cold,
 * the first half second at 5,000 a second starts up to 20 ms late, warm 3 ms. The user's app sees nothing
 * of it, and no line of it is recorded. Does nothing where the load is slow.
 * @throws what the system says when it has no loopback port left.
 */
export async function warmUp(wantedRate: number, nowUs: () => number): Promise<void> {
  if (wantedRate < fastRate) return;
  const server = createServer((_, response) => {
    response.setHeader('x-outcome', 'ok').setHeader('x-node', 'warm-up');
    response.end('I have been hit 1 times since deployment.\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const target = openHttpTarget({
    origin,
    timeoutMs: 1000,
    pattern: ownPattern,
    pathOf: ownPath,
  });
  await new Promise<void>((resolve) => {
    let ended = 0;
    const loop = startOpenLoop({
      target,
      keys: ['hits'],
      ratePerSecond,
      maxInFlight: requests,
      idPrefix: 'warm-up:',
      nowUs,
      onOperation: () => {
        if (++ended === requests) void loop.drain().then(resolve);
      },
      onSample: () => {},
    });
  });
  await target.close();
  server.closeAllConnections();
  server.close();
}
