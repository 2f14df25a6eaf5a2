import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { FaultName } from '../../../src/model/fault.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { after, check, isSelf, judge, nodes } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import type { History } from './script-history.ts';
import { idOf, ipOf, ranges, times, victim } from './script-plan.ts';

/** Claims excuse unavailability and no contradiction; the default claim is one pod. */
const unclaimed: readonly FaultName[] = ['two-masters', 'shard-delete', 'all-delete'];
const emptied = (lines: Map<string, string[]>, key: string, keep: (id: string) => boolean) =>
  lines.set(key, (lines.get(key) ?? []).filter(keep));

/** The 50th request of k2, whose master no fault of these touched, is missing. */
const loseOne = (h: History) => {
  const id = h.ledgers.get('k2')?.[50];
  emptied(h.ledgers, 'k2', (other) => other !== id);
};
const applyTwice = (h: History) => h.ledgers.get('k2')?.push(h.ledgers.get('k2')?.[50] ?? '');
const reading =
  (change: Partial<Extract<RunEvent, { kind: 'canary' }>>) =>
  (events: readonly RunEvent[]): RunEvent[] =>
    events.map((event) =>
      event.kind === 'canary' && event.stage === 'after' && event.seed === 'redis-4'
        ? { ...event, ...change }
        : event,
    );
const claimsToo =
  (fromMs: number, untilMs = Number.POSITIVE_INFINITY) =>
  (pod: string, ms: number, server: ServerView): ServerView =>
    pod === 'redis-1' && ms > fromMs && ms < untilMs
      ? nodes(server, (node) => (isSelf(node) ? { ...node, slots: [...ranges.slice(0, 2)] } : node))
      : server;

const contradictions: Readonly<Record<string, ScriptOptions>> = {
  'an acknowledged write lost': { history: loseOne },
  'a duplicate': { history: applyTwice },
  'a counter that is not its ledger': { history: (h) => h.finals.set('k2', 7) },
  'two values': { events: reading({ value: 'other' }) },
  'two owners': { events: reading({ owner: `${idOf(5)}@x` }) },
  'two masters of a slot to the end': { view: claimsToo(after) },
};

for (const name of unclaimed) {
  describe(`${name}, which nobody claims to survive`, () => {
    test.each(Object.entries(contradictions))('%s is red', (_, options) => {
      const evaluation = judge({ name, ...options });
      expect(evaluation.verdict).toBe('fail');
      const reds = evaluation.findings.filter(({ contradiction }) => contradiction === 'sure');
      expect(reds.map(({ expectedRed }) => expectedRed)).toContain(undefined);
      expect(reds.filter(({ expectedRed }) => expectedRed)).toEqual([]);
    });
    test('nobody who answers is unavailability: expected', () => {
      const refused = { error: 'CLUSTERDOWN', value: null, owner: null };
      const evaluation = judge({ name, events: reading(refused) });
      expect(check(evaluation, 'one-owner')).toMatchObject({ verdict: 'fail', expectedRed: true });
      expect(check(evaluation, 'one-owner').contradiction).toBeUndefined();
      expect(evaluation.verdict).toBe('pass');
    });
    test('slots that nobody serves are unavailability, too', () => {
      const silent = (pod: string, ms: number, server: ServerView): ServerView =>
        pod === 'redis-1' && ms > after ? { ...server, clusterState: 'fail' } : server;
      const evaluation = judge({ name, view: silent });
      expect(check(evaluation, 'slots-covered')).toMatchObject({ expectedRed: true });
      expect(evaluation.verdict).toBe('pass');
    });
  });
}

test('two who claim a slot are a contradiction when it lasts a node timeout, to the end', () => {
  const covered = (view: ScriptOptions['view']) =>
    check(judge({ name: 'all-delete', ...(view ? { view } : {}) }), 'slots-covered');
  // views are told again each second: from 95.001 s to the end at 100.2 s, from 96.001 s
  expect(covered(claimsToo(after, 97_000)).contradiction).toBeUndefined();
  expect(covered(claimsToo(94_000))).toMatchObject({ verdict: 'fail', contradiction: 'sure' });
  expect(covered(claimsToo(97_000)).contradiction).toBeUndefined();
  expect(covered(undefined).verdict).toBe('pass');
});

describe('a fault that takes the volume', () => {
  test('its new node that knows no owner is by design, a second owner is not', () => {
    const name = 'delete-with-claim';
    const refused = { error: 'CLUSTERDOWN', value: null, owner: null };
    expect(judge({ name, events: reading(refused) }).verdict).toBe('pass');
    expect(judge({ name, events: reading({ owner: `${idOf(0)}@x` }) }).verdict).toBe('fail');
    expect(judge({ name, view: claimsToo(after) }).verdict).toBe('fail');
  });
  test('a write that the promoted replica lacks is not explained by the lost volume', () => {
    const lost = judge({ name: 'delete-with-claim', history: loseOne });
    expect(lost.verdict).toBe('fail');
    const alsoUnclaimed = judge({
      name: 'delete-with-claim',
      history: loseOne,
      plan: (p) => ({ ...p, faults: { ...p.faults, claims: ['all'] } }),
    });
    expect(alsoUnclaimed.verdict).toBe('fail');
  });
});

describe('all pods deleted, and every counter begins again', () => {
  const all = [0, 1, 2, 3, 4, 5].map((index) => ({
    ...victim,
    pod: `redis-${index}`,
    uid: `uid-${index}`,
    nodeId: idOf(index),
    ip: ipOf(index),
    role: index < 3 ? ('master' as const) : ('slave' as const),
    slots: [ranges[index] ?? ''].filter((range) => range !== ''),
  }));
  const told = (
    persists: boolean | null | undefined,
    uid: string,
    other: { readonly faultId?: string; readonly stage?: 'after' } = {},
  ): RunEvent => ({
    atUs: 19e6,
    kind: 'snapshot',
    stage: 'before',
    faultId: 'f1',
    pod: uid,
    uid,
    diskMyselfIp: null,
    diskNodes: [],
    announceIp: null,
    nodeTimeoutMs: 5000,
    error: null,
    ...(persists === undefined ? {} : { persists }),
    ...other,
  });
  const wipe = (h: History) => {
    for (const key of h.ledgers.keys()) {
      const early = new Set(
        h.operations.filter(({ startUs }) => startUs < times.stopped * 1000).map(({ id }) => id),
      );
      emptied(h.ledgers, key, (id) => !early.has(id));
      const places = new Map(h.ledgers.get(key)?.map((id, index) => [id, index + 1]));
      h.operations = h.operations.map((op) =>
        op.key === key && op.value !== null && places.has(op.id)
          ? { ...op, value: places.get(op.id) ?? null }
          : op,
      );
    }
    for (const key of h.canaries.keys()) h.canaries.set(key, null);
  };
  const judged = (
    persists: boolean | null | undefined,
    options: ScriptOptions = {},
    targets = all,
  ) =>
    judge({
      name: 'all-delete',
      promotedMs: null,
      history: wipe,
      ...options,
      events: (events) =>
        [
          ...events.map((e) => (e.kind === 'fault' ? { ...e, targets } : e)),
          ...all.map(({ uid }) => told(persists, uid)),
          told(!persists, 'uid-0', { faultId: 'f0' }),
          told(!persists, 'uid-0', { stage: 'after' }),
        ].sort((a, b) => a.atUs - b.atUs),
    });
  const counted = ['data-kept', 'counter-continuity', 'linearizable'] as const;
  const seen = (...args: Parameters<typeof judged>) => {
    const evaluation = judged(...args);
    const found = counted.map((id) => check(evaluation, id));
    return [
      evaluation.verdict,
      ...found.map(({ verdict, expectedRed }) => `${verdict}${expectedRed ? ' expected' : ''}`),
    ];
  };

  test('is red where the same nodes came back and write to their volumes', () => {
    expect(seen(true)).toEqual(['fail', 'fail', 'fail', 'fail']);
  });
  test('is expected where nothing is written', () => {
    expect(seen(false)).toEqual(['pass', 'fail expected', 'fail expected', 'fail expected']);
  });
  test('is undecided where nobody asked whether it is', () => {
    for (const unknown of [null, undefined]) {
      const evaluation = judged(unknown);
      expect(evaluation.verdict).toBe('inconclusive');
      for (const id of counted) {
        const { verdict, observed, expectedRed } = check(evaluation, id);
        expect([verdict, expectedRed], id).toEqual(['inconclusive', undefined]);
        expect(observed).toContain('; whether the storage outlived the fault was not recorded');
      }
    }
  });
  test('is expected where new nodes came back: the volumes are gone', () => {
    const anew = (_: string, ms: number, server: ServerView): ServerView =>
      ms > 33_000 ? { ...server, myId: `9${server.myId?.slice(1)}` } : server;
    expect(seen(true, { view: anew })[0]).toBe('pass');
    // one of the shard kept it
    const almost = (pod: string, ms: number, server: ServerView) =>
      pod === 'redis-3' ? server : anew(pod, ms, server);
    expect(seen(true, { view: almost })[0]).toBe('fail');
  });
  test('is undecided where nobody saw who came back', () => {
    const silent = (_: string, ms: number, server: ServerView) => (ms > after ? null : server);
    const evaluation = judged(true, { view: silent });
    expect(check(evaluation, 'counter-continuity').verdict).toBe('inconclusive');
  });
  test('is red where a member of the shard was not touched', () => {
    expect(seen(false, {}, all.slice(0, 3))[0]).toBe('fail');
  });
  test('is red where something earlier is still there', () => {
    const keepsSome = (h: History) => {
      const first = h.ledgers.get('hits')?.[0] ?? '';
      wipe(h);
      h.ledgers.get('hits')?.unshift(first);
    };
    const continuity = check(judged(false, { history: keepsSome }), 'counter-continuity');
    expect(continuity).toMatchObject({ verdict: 'fail', contradiction: 'sure' });
    expect(continuity.expectedRed).toBeUndefined();
  });
  test('is red whatever is written where it is claimed', () => {
    const plan: ScriptOptions['plan'] = (p) => ({
      ...p,
      faults: { ...p.faults, claims: ['all'] },
    });
    expect(seen(false, { plan })).toEqual(['fail', 'fail', 'fail', 'fail']);
    expect(seen(null, { plan })).toEqual(['fail', 'fail', 'fail', 'fail']);
  });
  test('what goes back among what came after is a contradiction', () => {
    const swapped = (h: History) => {
      wipe(h);
      const late = h.operations.filter(({ key, startUs }) => key === 'k2' && startUs > 60e6);
      const [first, next] = late;
      h.operations = h.operations.map((op) =>
        op === first || op === next
          ? { ...op, value: (op === first ? next : first)?.value ?? null }
          : op,
      );
    };
    const continuity = check(judged(false, { history: swapped }), 'counter-continuity');
    expect(continuity).toMatchObject({ verdict: 'fail', contradiction: 'sure' });
  });
  test('what goes back where no ledger could be read may be the new beginning', () => {
    const continuityWith = (persists: boolean) =>
      check(
        judge({
          name: 'all-delete',
          promotedMs: null,
          history: wipe,
          events: (events) =>
            [
              ...events
                .filter((e) => e.kind !== 'ledger' || e.key === 'k2')
                .map((e) => (e.kind === 'fault' ? { ...e, targets: all } : e)),
              ...all.map(({ uid }) => told(persists, uid)),
            ].sort((a, b) => a.atUs - b.atUs),
        }),
        'counter-continuity',
      );
    expect(continuityWith(false)).toMatchObject({ verdict: 'fail', expectedRed: true });
    expect(continuityWith(true)).toMatchObject({ verdict: 'fail', contradiction: 'sure' });
  });
  test('a canary that is another is a second value', () => {
    const changed = (h: History) => {
      wipe(h);
      h.canaries.set('c0', 'other');
    };
    expect(seen(false, { history: changed }).slice(0, 2)).toEqual(['fail', 'fail']);
  });
  test('without a ledger the bounds say the same', () => {
    const app: RunEvent = { atUs: 5e6, kind: 'app', own: false, service: 'web' };
    const judgedByBounds = (persists: boolean) => {
      const evaluation = judge({
        name: 'all-delete',
        promotedMs: null,
        history: wipe,
        events: (events) =>
          [
            ...events
              .filter(({ kind }) => kind !== 'ledger')
              .map((e) => (e.kind === 'fault' ? { ...e, targets: all } : e)),
            app,
            ...all.map(({ uid }) => told(persists, uid)),
          ].sort((a, b) => a.atUs - b.atUs),
      });
      return [evaluation.verdict, check(evaluation, 'counter-continuity').expectedRed];
    };
    expect(judgedByBounds(true)).toEqual(['fail', undefined]);
    expect(judgedByBounds(false)).toEqual(['pass', true]);
  });
});

describe('undecided for a class that is not claimed', () => {
  const name = 'shard-delete';
  /** Red, as expected, whatever else is edited. */
  const view = (pod: string, ms: number, server: ServerView): ServerView =>
    pod === 'redis-0' && ms > after
      ? { ...server, replication: { ...server.replication, masterHost: '10.0.0.99' } }
      : server;
  const counted = ['counter-continuity', 'no-duplicates', 'linearizable'] as const;
  const judged = (events: NonNullable<ScriptOptions['events']>) =>
    judge({ name, view, endMs: 110_000, events });
  const unread = (error: string | null) => (events: readonly RunEvent[]) =>
    events
      .filter((event) => event.kind !== 'ledger' || event.key !== 'k2')
      .map((event) =>
        event.kind === 'counter-read' && event.key === 'k2' && event.stage === 'after' && error
          ? { ...event, value: null, owner: null, error }
          : event,
      );

  test('is excused where the set-up, asked, gave no answer', () => {
    const evaluation = judged(unread('CLUSTERDOWN'));
    for (const id of counted) {
      expect(check(evaluation, id), id).toMatchObject({
        verdict: 'inconclusive',
        unanswered: true,
        expectedRed: true,
      });
    }
    expect(evaluation.verdict).toBe('pass');
  });
  test('and not where nobody asked, or something else is missing, too', () => {
    const evaluation = judged(unread(null));
    expect(evaluation.verdict).toBe('inconclusive');
    for (const id of counted) expect(check(evaluation, id).expectedRed, id).toBeUndefined();
    const beyond = judged((events) =>
      unread('CLUSTERDOWN')(events).filter(
        (event) => event.kind !== 'initial' || event.key !== 'k2',
      ),
    );
    expect(check(beyond, 'counter-continuity').expectedRed).toBeUndefined();
  });
  test('canaries and owners: the same', () => {
    const answered = (change: (event: RunEvent & { kind: 'canary' }) => RunEvent | null) =>
      judged((events) =>
        events.flatMap((event) =>
          event.kind === 'canary' && event.stage === 'after' ? (change(event) ?? []) : event,
        ),
      );
    const silent = answered((event) => ({ ...event, value: null, owner: null, error: 'timeout' }));
    for (const id of ['one-owner', 'data-kept'] as const) {
      expect(check(silent, id), id).toMatchObject({ verdict: 'inconclusive', expectedRed: true });
    }
    const nobody = answered(() => null);
    for (const id of ['one-owner', 'data-kept'] as const) {
      expect(check(nobody, id).verdict, id).toBe('inconclusive');
      expect(check(nobody, id).expectedRed, id).toBeUndefined();
    }
    const one = answered((event) =>
      event.key === 'c1' ? null : { ...event, value: null, owner: null, error: 'timeout' },
    );
    expect(check(one, 'data-kept').expectedRed).toBeUndefined();
  });
  test('a structure that was not seen red is not excused for being looked at too briefly', () => {
    const brief = judge({
      name,
      view,
      endMs: 110_000,
      events: (events) => events.filter(({ atUs }) => atUs < 36e6),
    });
    const { verdict, expectedRed } = check(brief, 'slots-covered');
    expect([verdict, expectedRed]).toEqual(['inconclusive', undefined]);
  });
});

test('one duplicate is a contradiction, none is neither that nor unanswered', () => {
  const twice = check(judge({ history: applyTwice }), 'no-duplicates');
  expect(twice).toMatchObject({ verdict: 'fail', contradiction: 'sure' });
  const none = check(judge(), 'no-duplicates');
  expect([none.contradiction, none.unanswered]).toEqual([undefined, undefined]);
});
