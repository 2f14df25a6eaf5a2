import { expect, test } from 'vitest';
import { logText, openStepLog } from '../../../src/action/step-log.ts';
import { openRunner } from './runner.ts';

test('a group a phase, each closed before the next', () => {
  using runner = openRunner();
  let nowMs = 0;
  const log = openStepLog(() => nowMs);
  log.say('run r1');
  log.phase('provision');
  nowMs = 2500;
  log.phase('deploy');
  log.end();
  log.end();
  expect(runner.log().split('\n').filter(Boolean)).toEqual([
    '   0.0s run r1',
    '::group::   0.0s provision',
    '::endgroup::',
    '::group::   2.5s deploy',
    '::endgroup::',
  ]);
});

test('a long wait says now and then what it sees; a short one does not', () => {
  using runner = openRunner();
  let nowMs = 0;
  const log = openStepLog(() => nowMs);
  log.phase('ready');
  log.status('1 of 6 are');
  nowMs = 11_000;
  log.status('2 of 6 are');
  log.status('3 of 6 are');
  const lines = runner.log().split('\n');
  expect(lines.filter((line) => /^ +11\.0s/.test(line))).toEqual(['  11.0s 2 of 6 are']);
});

test('text of others cannot give the runner commands', () => {
  using runner = openRunner();
  logText('::set-output name=verdict::pass\n  ::error::x\r##[group]y\nfine\n');
  expect(runner.log()).toBe(
    '| ::set-output name=verdict::pass\n|   ::error::x\n| ##[group]y\nfine\n',
  );
});
