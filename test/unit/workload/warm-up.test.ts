import { expect, test } from 'vitest';
import { warmUp } from '../../../src/workload/warm-up.ts';

/** Goal: only a fast load is warmed up, and nothing of it stays. Its effect: test/integration/workload. */

const nowUs = () => performance.now() * 1000;
const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => /TCP(Socket|Server)Wrap/.test(name)).length;

test('a slow load begins at once', async () => {
  // before anything else that was to be done could be
  const next = new Promise<string>((resolve) => setImmediate(resolve, 'later'));
  expect(await Promise.race([warmUp(200, nowUs).then(() => 'at once'), next])).toBe('at once');
});

test('a fast one runs its code first, and leaves no socket', async () => {
  const before = sockets();
  const begin = performance.now();
  await warmUp(5000, nowUs);
  expect(performance.now() - begin).toBeGreaterThan(90); // 500 at 5,000 a second
  await expect.poll(sockets).toBe(before);
});
