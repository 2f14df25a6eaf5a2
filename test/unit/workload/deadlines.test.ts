import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from '../../../src/workload/deadlines.ts';

/** Goal: each expires at its own time, and none that has ended. Method: Vitest's clock. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pendings(deadlines: Deadlines) {
  const expired: string[] = [];
  const add = (name: string) => {
    const pending = { ended: false, expire: () => void expired.push(name) };
    deadlines.add(pending);
    return pending;
  };
  return { expired, add };
}

test('each at its own time', () => {
  const { expired, add } = pendings(new Deadlines(1000));
  add('a');
  vi.advanceTimersByTime(300);
  add('b');
  vi.advanceTimersByTime(699);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(expired).toEqual(['a']);
  vi.advanceTimersByTime(300);
  expect(expired).toEqual(['a', 'b']);
  vi.advanceTimersByTime(5000);
  add('c');
  vi.advanceTimersByTime(1001);
  expect(expired).toEqual(['a', 'b', 'c']);
});

test('none that has ended, and none once closed', () => {
  const deadlines = new Deadlines(1000);
  const { expired, add } = pendings(deadlines);
  add('a').ended = true;
  add('b');
  vi.advanceTimersByTime(1001);
  expect(expired).toEqual(['b']);
  add('c');
  deadlines.close();
  vi.advanceTimersByTime(5000);
  expect(expired).toEqual(['b']);
});

test('thousands, in the order they came', () => {
  const { expired, add } = pendings(new Deadlines(1000));
  const names = Array.from({ length: 5000 }, (_, index) => String(index));
  for (const name of names) {
    add(name);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(1001);
  expect(expired).toEqual(names);
});
