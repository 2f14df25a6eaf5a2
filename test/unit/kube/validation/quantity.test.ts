import { expect, it } from 'vitest';
import { quantityOf } from '../../../../src/kube/validation/quantity.ts';

it.each([
  ['1Gi', '1024Mi'],
  ['1', '1000m'],
  [1, '1.0'],
  ['0.5Gi', '512Mi'],
  ['1e3', '1k'],
  ['1E', '1000P'],
  ['1Ei', '1024Pi'],
  ['.5', '500m'],
  ['+1', 1],
  ['0.0001', '1m'], // rounded up
  [1e21, '1000E'],
])('%s is %s', (one, other) => {
  expect(quantityOf(one)).not.toBeNull();
  expect(quantityOf(one)).toBe(quantityOf(other));
});

it('keeps the order of amounts too large for a number', () => {
  expect(quantityOf('9007199254740993')).toBeGreaterThan(quantityOf('9007199254740992') ?? 0n);
  expect(quantityOf('-1Gi')).toBe(-(quantityOf('1Gi') ?? 0n));
});

it.each(['', 'lots', '1Xi', '1 Gi', '.', 'Gi', '--1', null, {}])('%j is none', (value) => {
  expect(quantityOf(value)).toBeNull();
});
