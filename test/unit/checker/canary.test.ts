import { describe, expect, test } from 'vitest';
import { dataKeptFinding, oneOwnerFinding } from '../../../src/checker/counter/canary.ts';
import type { EventOf } from '../../../src/checker/run-story.ts';
import { podState } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';

type Read = Partial<EventOf<'canary'>>;
const read = (change: Read = {}) =>
  at(2000, {
    kind: 'canary',
    purpose: 'canary',
    stage: 'after',
    seed: 'redis-0',
    key: 'c0',
    expected: 'v',
    value: 'v',
    owner: 'n@1.1.1.1:6379',
    error: null,
    ...change,
  });
const pods = [0, 1].map((index) =>
  at(1000, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
);
const counter = { purpose: 'counter', key: 'hits', expected: '7', value: '7' } as const;
const dead = { value: null, owner: null, error: 'connect ECONNREFUSED' } as const;

describe('one-owner', () => {
  const judged = (...reads: readonly Read[]) => {
    const { id, expected, ...said } = oneOwnerFinding(storyOf([...pods, ...reads.map(read)]));
    return said;
  };
  const both = (...changes: readonly Read[]) =>
    changes.flatMap((change) => [change, { seed: 'redis-1', ...change }]);

  test('nobody asked', () => {
    expect(judged()).toEqual({
      verdict: 'inconclusive',
      observed: 'nobody read a key through every pod',
      evidence: [],
    });
    expect(judged({ stage: 'before' }).verdict).toBe('inconclusive');
  });
  test('one key through every pod', () => {
    expect(judged(...both({}))).toEqual({
      verdict: 'pass',
      observed: '1 keys, each with one value at one owner',
      evidence: ['c0 is v at n@1.1.1.1:6379, through redis-0 redis-1'],
    });
  });
  test('an owner is the node, wherever it is; nothing at nobody known is an answer, too', () => {
    expect(judged({}, { seed: 'redis-1', owner: 'n@2.2.2.2:6379' }).verdict).toBe('pass');
    expect(judged(...both({ value: null, owner: null })).evidence).toEqual([
      'c0 is nothing at nobody known, through redis-0 redis-1',
    ]);
  });
  test('two values, or two owners', () => {
    expect(judged({}, { seed: 'redis-1', value: null })).toEqual({
      verdict: 'fail',
      observed: 'c0 has 2 values, depending on the pod that is asked',
      evidence: [
        'c0 has 2 values, depending on the pod that is asked',
        'c0 through redis-0: v, from n@1.1.1.1:6379',
        'c0 through redis-1: nothing, expected v, from n@1.1.1.1:6379',
      ],
      contradiction: 'sure',
    });
    expect(judged({}, { seed: 'redis-1', owner: null })).toMatchObject({
      verdict: 'fail',
      observed: 'c0 has 2 owners, depending on the pod that is asked',
    });
    // who it was is not known of one: that is no second owner for sure
    const contradiction = (owner: string | null) =>
      judged({}, { seed: 'redis-1', owner }).contradiction;
    expect([contradiction(null), contradiction('m@x')]).toEqual([undefined, 'sure']);
  });
  test('who did not answer does not disagree', () => {
    expect(judged({}, { seed: 'redis-1', ...dead })).toEqual({
      verdict: 'inconclusive',
      observed: '1 of 2 reads were not answered: c0 through redis-1: connect ECONNREFUSED',
      evidence: ['c0 through redis-1: connect ECONNREFUSED'],
    });
  });
  test('a growing counter of one owner is undecided, told with its reads', () => {
    const growing = judged(counter, { ...counter, seed: 'redis-1', value: '8' });
    expect(growing).toEqual({
      verdict: 'inconclusive',
      observed: 'hits still grew while it was read',
      evidence: [
        'hits through redis-0: 7, from n@1.1.1.1:6379',
        'hits through redis-1: 8, expected 7, from n@1.1.1.1:6379',
      ],
    });
    const apart = judged(counter, { ...counter, seed: 'redis-1', value: '8', owner: 'm@x' });
    expect(apart.verdict).toBe('fail');
    const nobody = { ...counter, owner: null };
    expect(judged(nobody, { ...nobody, seed: 'redis-1', value: '8' }).verdict).toBe('fail');
  });
  test('a growing counter does not hide that another key is split', () => {
    const growing = [counter, { ...counter, seed: 'redis-1', value: '8' }];
    expect(judged(...growing, {}, { seed: 'redis-1', value: 'w' })).toMatchObject({
      verdict: 'fail',
      observed: 'c0 has 2 values, depending on the pod that is asked',
    });
  });
  test('an answer of Redis itself is a refusal, also when nobody got another', () => {
    const refused = { ...dead, error: 'MOVED 5 1.1.1.1:6379' };
    expect(judged(...both(refused))).toMatchObject({
      verdict: 'fail',
      observed: 'c0 through redis-0: MOVED 5 1.1.1.1:6379',
      evidence: [
        'c0 through redis-0: MOVED 5 1.1.1.1:6379',
        'c0 through redis-1: MOVED 5 1.1.1.1:6379',
      ],
    });
    expect(judged(...both(dead))).toMatchObject({
      verdict: 'inconclusive',
      observed: 'no read was answered: c0 through redis-0: connect ECONNREFUSED',
    });
  });
  test('a pod that nobody asked', () => {
    expect(judged({})).toEqual({
      verdict: 'inconclusive',
      observed: 'redis-1 was not asked',
      evidence: ['redis-1 was not asked'],
    });
  });
  test('twelve lines of a split are enough', () => {
    const many = Array.from({ length: 14 }, (_, index) => ({ value: `${index}` }));
    expect(judged(...many).evidence).toHaveLength(12);
  });
});

describe('data-kept', () => {
  const judged = (...reads: readonly Read[]) => {
    const { id, expected, ...said } = dataKeptFinding(storyOf(reads.map(read)));
    return said;
  };
  const before = { stage: 'before' } as const;
  test('nothing was planted', () => {
    const nothing = {
      verdict: 'inconclusive',
      observed: 'no canary was written before the fault',
      evidence: [],
    };
    expect(judged({})).toEqual(nothing);
    expect(judged({ ...before, value: null, expected: null }, {})).toEqual(nothing);
    expect(judged({ ...before, value: 'w' }, {})).toEqual(nothing);
    expect(judged({ ...before, ...counter }, counter)).toEqual(nothing);
  });
  test('it is still there', () => {
    expect(judged(before, {}, { seed: 'redis-1' })).toEqual({
      verdict: 'pass',
      observed: '1 canary keys, one for each shard, all kept',
      evidence: ['c0 is v at n@1.1.1.1:6379, through redis-0 redis-1'],
    });
  });
  test('it is gone, though one pod still has it', () => {
    expect(judged(before, {}, { seed: 'redis-1', value: null, owner: null })).toEqual({
      verdict: 'fail',
      observed: 'c0 through redis-1: nothing, expected v, from nobody known',
      evidence: ['c0 through redis-1: nothing, expected v, from nobody known'],
      contradiction: 'sure',
    });
  });
  test('nobody could read it; what answers for another key does not count', () => {
    const other = { key: 'c1' };
    expect(judged(before, dead)).toEqual({
      verdict: 'inconclusive',
      observed: 'nobody could read c0',
      evidence: ['c0 through redis-0: connect ECONNREFUSED'],
      unanswered: true,
    });
    expect(judged(before, { ...before, ...other }, other, dead)).toEqual({
      verdict: 'inconclusive',
      observed: 'nobody could read c0',
      evidence: ['c0 through redis-0: connect ECONNREFUSED'],
      unanswered: true,
    });
    expect(judged(before, {}, { key: 'c1', value: null }).verdict).toBe('pass');
  });
  test('an answer for a key without an expectation says so', () => {
    expect(judged(before, { expected: null }).observed).toBe(
      'c0 through redis-0: v, expected nothing, from n@1.1.1.1:6379',
    );
  });
  test('twelve lines of what is lost are enough', () => {
    const many = Array.from({ length: 14 }, () => ({ value: null }));
    expect(judged(before, ...many).evidence).toHaveLength(12);
  });
});
