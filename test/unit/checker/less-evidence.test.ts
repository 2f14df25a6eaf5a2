import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { after, isSelf, nodes } from './judging.ts';
import { type ScriptedEvidence, type ScriptOptions, scriptRun } from './script.ts';

/**
 * Goal: what is missing never makes a green red, nor a red green, and a green stays one only when what is
 * left proves it. Method: whole runs from which a random share of some kinds of evidence is taken away.
 */
const kinds = [
  'view',
  'looks',
  'pod',
  'pod-gone',
  'listed',
  'probe',
  'canary',
  'counter-read',
  'ledger',
  'initial',
  'snapshot',
  'refusal',
  'fault',
  'phase',
  'endpoint',
  'clock',
] as const satisfies readonly EventBody['kind'][];

/** Each of these is the only one to say what it says: without any of them there is no pass. */
const essential = (event: RunEvent): boolean =>
  event.kind === 'canary' ||
  event.kind === 'initial' ||
  event.kind === 'ledger' ||
  event.kind === 'counter-read' ||
  event.kind === 'refusal' ||
  (event.kind === 'snapshot' && event.stage === 'after') ||
  (event.kind === 'fault' && (event.stage === 'injected' || event.stage === 'landed'));

const refusals = (open: string | null) => (events: readonly RunEvent[]) => [
  ...events,
  ...(['before', 'during', 'after'] as const).flatMap((stage, place) =>
    [0, 1, 2, 3, 4, 5]
      .filter((index) => index > 0 || stage !== 'during')
      .map((index): RunEvent => {
        const pod = `redis-${index}`;
        const uid = index === 0 && stage === 'after' ? 'uid-0b' : `uid-${index}`;
        const refused = pod !== open || stage !== 'after';
        const atUs = [19e6, 23e6, 99e6][place] ?? 0;
        return { atUs, kind: 'refusal', pod, uid, faultId: 'f1', stage, refused, answer: 'NOAUTH' };
      }),
  ),
];

const greens: Readonly<Record<string, ScriptOptions>> = {
  held: { events: refusals(null) },
  natural: { hold: 'none', events: refusals(null) },
};
const reds: Readonly<Record<string, ScriptOptions>> = {
  'a stale own address': {
    view: (pod, ms, server) =>
      pod === 'redis-1' && ms > after
        ? nodes(server, (node) => (isSelf(node) ? { ...node, ip: '10.9.9.9' } : node))
        : server,
  },
  'a lost canary': { history: (h) => h.canaries.set('c1', null) },
  'a lost write': {
    history: ({ ledgers }) => void ledgers.get('k1')?.splice(40, 1),
  },
  'nobody promoted': { promotedMs: null, releasedMs: 60_000, backMs: 64_000 },
  'an open server': { events: refusals('redis-4') },
  'a replica that never follows': {
    view: (pod, ms, server) =>
      pod === 'redis-5' && ms > after
        ? { ...server, replication: { ...server.replication, masterLink: 'down' } }
        : server,
  },
};

/** Which kinds lose how much, and by which dice. */
const damage = fc.record({
  of: fc.subarray([...kinds], { minLength: 1, maxLength: 5 }),
  share: fc.constantFrom(0.003, 0.02, 0.1, 0.5, 1),
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(evidence: ScriptedEvidence, { of, share, seed }: Damage) {
  let state = seed;
  const roll = () => {
    state = (Math.imul(state, 48_271) >>> 0) % 0x7fffffff;
    return state / 0x7fffffff;
  };
  const gone = new Set(
    evidence.events.filter(({ kind }) => of.some((one) => one === kind) && roll() < share),
  );
  const events = evidence.events.filter((event) => !gone.has(event));
  return { gone, evaluation: evaluate({ ...evidence, events }) };
}

/** Mutation testing runs this file hundreds of times. */
const numRuns = process.env.MUTATION ? 10 : 60;

describe.each(Object.entries(greens))('a green run (%s)', (_, options) => {
  const evidence: ScriptedEvidence = { ...scriptRun(options), topology: 'cluster-auth' };
  test('never turns red, and stays green only with all that it needs', () => {
    expect(evaluate(evidence).verdict).toBe('pass');
    fc.assert(
      fc.property(damage, (what) => {
        const { gone, evaluation } = damaged(evidence, what);
        const red = evaluation.findings.filter(({ verdict }) => verdict === 'fail');
        expect(red).toEqual([]);
        expect(['pass', 'inconclusive']).toContain(evaluation.verdict);
        if ([...gone].some(essential)) expect(evaluation.verdict).toBe('inconclusive');
      }),
      { numRuns, seed: 11 },
    );
  });
  test('is not green without any one of its proofs of looking at the end, nor a view in its window', () => {
    const last = evidence.events.findLast(({ kind }) => kind === 'view');
    const held = evidence.events.filter((event) => event.kind === 'looks' && event.atUs > 90e6);
    for (const gone of [[last], held]) {
      const events = evidence.events.filter((event) => !gone.includes(event));
      expect(evaluate({ ...evidence, events }).verdict).toBe('inconclusive');
    }
  });
});

describe.each(Object.entries(reds))('a red run (%s)', (name, options) => {
  const topology = name === 'an open server' ? 'cluster-auth' : 'cluster';
  const evidence: ScriptedEvidence = { ...scriptRun(options), topology };
  test('never turns green', () => {
    expect(evaluate(evidence).verdict).toBe('fail');
    fc.assert(
      fc.property(damage, (what) => {
        expect(damaged(evidence, what).evaluation.verdict).not.toBe('pass');
      }),
      { numRuns: Math.ceil(numRuns / 2), seed: 12 },
    );
  });
});
