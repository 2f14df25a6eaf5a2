import { expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { continuityFinding } from '../../../src/checker/counter/continuity.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { collectOpIds } from '../../../src/checker/counter/op-ids.ts';
import { at, initial, request, storyOf } from './small-story.ts';

test('a stage that is told twice began with the first', () => {
  const stage = (ms: number, name: 'inject' | 'injected' | 'released') =>
    at(ms, {
      kind: 'fault',
      faultId: 'f1',
      name: 'master-delete',
      hold: 'auto',
      stage: name,
      targets: [],
      predicted: null,
      detail: name,
    });
  const [fault] = storyOf([
    stage(10, 'inject'),
    stage(20, 'injected'),
    stage(25, 'injected'),
    stage(30, 'released'),
    stage(35, 'released'),
  ]).faults;
  expect(fault).toMatchObject({ injectedUs: 20_000, releasedUs: 30_000 });
});

test('a counter that reads nothing contradicts a ledger that begins with an acknowledged one', () => {
  const operations = [
    request({ id: 'a', startUs: 0 }),
    request({ id: 'x', startUs: 9, outcome: 'indeterminate', value: null }),
  ];
  const story = storyOf(
    [
      at(0, initial('hits', 100)),
      at(0, {
        kind: 'ledger',
        key: 'hits',
        owner: 'x',
        offset: 0,
        entries: ['a', 'x'],
        last: true,
      }),
      at(0, {
        kind: 'counter-read',
        key: 'hits',
        stage: 'after',
        value: 0,
        owner: 'x',
        error: null,
      }),
    ],
    operations,
  );
  const accounts = accountsOf(story);
  const finding = continuityFinding(story, accounts, lossesOf(story, accounts, []));
  expect(finding).toMatchObject({
    verdict: 'fail',
    observed: 'hits is 0, its ledger makes it 2',
  });
});

test('an id of one zero is not the empty one', () => {
  const collector = collectOpIds(2);
  for (const id of ['\0', '']) collector.add(id);
  const found = collector.finish(null);
  expect([found.idOf(0), found.idOf(1)]).toEqual(['\0', '']);
  expect([found.find('\0'), found.find('')]).toEqual([0, 1]);
});
