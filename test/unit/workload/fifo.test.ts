import { expect, test } from 'vitest';
import { Fifo } from '../../../src/workload/fifo.ts';

test('what came first leaves first, however many came and left before', () => {
  const fifo = new Fifo<number>();
  expect(fifo.shift()).toBeUndefined();
  let next = 0;
  for (let number = 0; number < 10_000; number++) {
    fifo.push(number);
    if (number % 3 !== 0) expect(fifo.shift()).toBe(next++);
  }
  while (next < 10_000) expect(fifo.shift()).toBe(next++);
  expect(fifo.shift()).toBeUndefined();
});
