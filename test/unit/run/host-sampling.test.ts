import { expect, test, vi } from 'vitest';
import type { EventBody } from '../../../src/model/event.ts';
import { startHostSampling } from '../../../src/run/watch/host-sampling.ts';

/** Goal: all of the time before a verdict is on record when it is made, and nothing of it comes later. */
test('the host is sampled once more when it is stopped, and never after', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const recorded: EventBody[] = [];
    const stop = startHostSampling({ record: (body) => void recorded.push(body) });
    vi.advanceTimersByTime(2500);
    expect(recorded.map(({ kind }) => kind)).toEqual(['host', 'host']);
    stop();
    expect(recorded).toHaveLength(3);
    vi.advanceTimersByTime(5000);
    expect(recorded).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});
