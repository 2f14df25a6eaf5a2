import { expect, test } from 'vitest';
import { timeTable } from '../../../scripts/test-parts.ts';

test('each part has its time, and so have all together', () => {
  expect(
    timeTable([
      { part: 'unit', passed: 1600, failed: 0, seconds: 31.4 },
      { part: 'integration', passed: 260, failed: 1, seconds: 605 },
    ]),
  ).toBe(
    [
      'unit            0:31  1600 passed, 0 failed',
      'integration    10:05  260 passed, 1 failed',
      'together       10:36',
    ].join('\n'),
  );
});
