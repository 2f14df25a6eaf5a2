import { expect, test } from 'vitest';
import { startClockOffset } from '../../../src/run/watch/clock-offset.ts';

/** Goal: the offset is right to within its bound, and a slow echo makes it no worse. */
const echo = (sentUs: number, tripUs: number, skewUs: number, boot = 'a') => ({
  sentUs,
  receivedUs: sentUs + tripUs,
  remoteUs: sentUs + skewUs - 1_000_000,
  boot,
});

test('a slow, lopsided echo does not replace a quick one', () => {
  const clock = startClockOffset();
  clock.add(echo(0, 200, 100));
  clock.add(echo(1_000_000, 20_000, 19_900)); // all of the delay on the way there
  const { offsetUs, errorUs } = clock.at(1_020_000);
  expect(offsetUs).toBe(1_000_000);
  expect(errorUs).toBeLessThan(300);
});

test('the bound grows with age until a newer echo is the better one', () => {
  const clock = startClockOffset();
  clock.add(echo(0, 200, 100));
  expect(clock.at(60_000_000).errorUs).toBeGreaterThan(5000);
  clock.add(echo(60_000_000, 4000, 2000));
  expect(clock.at(60_004_000).errorUs).toBe(2000);
});

test('a clock that started anew has a new offset, however slow its first echo', () => {
  const clock = startClockOffset();
  clock.add(echo(0, 200, 100));
  clock.add({ sentUs: 1000, receivedUs: 9000, remoteUs: 50, boot: 'b' });
  expect(clock.at(9000)).toEqual({ offsetUs: 4950, errorUs: 4000 });
});
