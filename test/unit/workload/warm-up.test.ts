import { expect, test } from 'vitest';
import { warmUp } from '../../../src/workload/warm-up.ts';

/** Goal: only a fast load is warmed up, and nothing of it stays. Its effect: test/integration/workload. */

const nowUs = () => performance.now() * 1000;
const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => /TCP(Socket|Server)Wrap/.test(name)).length;

test('a slow load begins at once', async () => {
  const begin = performance.now();
  await warmUp(200, nowUs);
  expect(performance.now() - begin).toBeLessThan(50);
});

test('a fast one runs its code first, and leaves no socket', async () => {
  const before = sockets();
  const begin = performance.now();
  await warmUp(5000, nowUs);
  expect(performance.now() - begin).toBeGreaterThan(90); // 500 at 5,000 a second
  await expect.poll(sockets).toBe(before);
});
