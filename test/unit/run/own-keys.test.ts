import { expect, test } from 'vitest';
import { keysOfRun, removeOwnKeys } from '../../../src/run/load/own-keys.ts';
import type { ObservedStage } from '../../../src/run/stage.ts';
import { clusterTopology } from '../../../src/topology/cluster/cluster.ts';
import { emptyWorld } from '../../../src/topology/state.ts';

/** Goal: what the run wrote goes with it, and nothing else does. */
const keys = {
  load: ['hits', 'rkc:r1:1', 'rkc:r12:1'],
  probes: ['rkc:r1:probe:1'],
  canaries: ['rkc:r1:canary:1'],
  aim: 'hits',
};

test('our keys and their ledgers, never the user’s, nor another run’s', () => {
  expect(keysOfRun(keys, 'r1')).toEqual([
    'rkc:r1:1',
    '{rkc:r1:1}:ledger',
    'rkc:r1:canary:1',
    'rkc:r1:probe:1',
  ]);
});

function stageOf(shipped: boolean, aborted: boolean) {
  const said: unknown[] = [];
  const noted: { text?: string }[] = [];
  const stage = {
    runId: 'r1',
    setup: { shipped },
    topology: clusterTopology,
    signal: aborted ? AbortSignal.abort() : new AbortController().signal,
    recorder: { world: emptyWorld, record: (event: { text?: string }) => noted.push(event) },
    observer: {
      setProbes: async (probes: unknown) => void said.push(probes),
      ask: async () => ({ ok: true }),
    },
  } as unknown as ObservedStage;
  return { stage, said, noted };
}

test.each([
  [true, false],
  [false, true],
])('shipped %s, interrupted %s: nothing to delete one by one', async (shipped, aborted) => {
  const { stage, said, noted } = stageOf(shipped, aborted);
  await removeOwnKeys(stage, keys);
  expect([said, noted]).toEqual([[], []]);
});

test('what could not be deleted is named, and is no error', async () => {
  const { stage, said, noted } = stageOf(false, false);
  await removeOwnKeys(stage, keys);
  expect(said).toEqual([[]]); // the probes were stopped: they would make theirs again
  expect(noted[0]?.text).toContain('rkc:r1:1 (nobody owns it)');
});
