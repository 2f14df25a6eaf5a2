import { expect, test } from 'vitest';
import { persists } from '../../../src/run/evidence/snapshot.ts';

test.each<[string | null, string | null, string, boolean | null]>([
  ['yes', '', '', true],
  ['no', '3600 1 300 100', '', true],
  ['no', '', '', false],
  ['no', ' ', '', false],
  // CONFIG is refused or renamed away: INFO still tells of the append-only file
  [null, null, '# Persistence\r\naof_enabled:1\r\n', true],
  [null, null, '# Persistence\r\naof_enabled:0\r\n', null],
  [null, '', '# Persistence\r\naof_enabled:0\r\n', false],
  [null, '', '', null],
  ['no', null, '', null],
])('appendonly %s, save %s, INFO %j: %s', (aof, save, info, expected) => {
  expect(persists(aof, save, info)).toBe(expected);
});
