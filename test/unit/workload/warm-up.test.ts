import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { warmUp } from '../../../src/workload/warm-up.ts';

/** Goal: only a fast load is warmed up, and nothing of it stays. Its effect: test/integration/workload. */

const nowUs = () => performance.now() * 1000;

/** Every socket made meanwhile, at either end: those of other tests in this process come and go. */
async function socketsMadeBy(deed: () => Promise<void>): Promise<readonly Socket[]> {
  const made: Socket[] = [];
  const collect = (message: unknown) => made.push((message as { socket: Socket }).socket);
  const channels = ['net.client.socket', 'net.server.socket'];
  for (const channel of channels) subscribe(channel, collect);
  await deed();
  for (const channel of channels) unsubscribe(channel, collect);
  return made;
}

const servers = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

test('a slow load begins at once', async () => {
  // before anything else that was to be done could be
  const next = new Promise<string>((resolve) => setImmediate(resolve, 'later'));
  expect(await Promise.race([warmUp(200, nowUs).then(() => 'at once'), next])).toBe('at once');
});

test('a fast one runs its code first, and leaves no socket', async () => {
  const before = servers();
  const begin = performance.now();
  const made = await socketsMadeBy(() => warmUp(5000, nowUs));
  expect(performance.now() - begin).toBeGreaterThan(90); // 500 at 5,000 a second
  expect(made.length).toBeGreaterThan(1);
  await expect.poll(() => made.filter(({ destroyed }) => !destroyed)).toEqual([]);
  await expect.poll(servers).toBeLessThanOrEqual(before);
});
