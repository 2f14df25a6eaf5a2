import type { Evidence } from '../../../src/checker/run-story.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { FaultName, HoldMode } from '../../../src/model/fault.ts';
import type { Operation } from '../../../src/model/operation.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { proven } from './proven.ts';
import { podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { type History, tellAudit, writeHistory } from './script-history.ts';
import { idOf, ipOf, loadKeys, newIp, plan, times, victim } from './script-plan.ts';

/**
 * Scripts a run of six pods: redis-0..2 are masters, redis-3..5 their replicas, redis-0 is the victim
 * and its slots hold `hits`. Without options it is a healthy held master delete; every option breaks
 * one thing. Times are ms since run start.
 */
export interface ScriptOptions {
  readonly name?: FaultName;
  readonly hold?: HoldMode;
  /** Null: nothing is ever promoted. */
  readonly promotedMs?: number | null;
  readonly releasedMs?: number;
  /** When the victim's pod is back as a synced member; null: never. */
  readonly backMs?: number | null;
  readonly endMs?: number;
  readonly plan?: (plan: Plan) => Plan;
  /** Changes what a pod says of itself and the cluster from some time on. */
  readonly view?: ViewChange;
  readonly pod?: (pod: PodState, atMs: number) => PodState;
  /** Changes history and ledgers (in place) before they are told. */
  readonly history?: (history: History) => void;
  /** Changes the finished list of events. */
  readonly events?: (events: readonly RunEvent[]) => readonly RunEvent[];
}

const snapshot = (
  index: number,
  stage: 'before' | 'after',
  uid: string,
  ip: string,
): EventBody => ({
  kind: 'snapshot',
  stage,
  faultId: 'f1',
  pod: `redis-${index}`,
  uid,
  diskMyselfIp: ip,
  diskNodes: [{ id: idOf(index), ip }],
  announceIp: '',
  nodeTimeoutMs: null,
  error: null,
});

export type ScriptedEvidence = Evidence & { readonly operations: readonly Operation[] };

export function scriptRun(options: ScriptOptions = {}): ScriptedEvidence {
  const hold = options.hold ?? 'auto';
  const held = hold === 'auto';
  const promotedMs = options.promotedMs === undefined ? (held ? 27_600 : null) : options.promotedMs;
  const releasedMs = held ? (options.releasedMs ?? 28_000) : null;
  const backMs = options.backMs === undefined ? (held ? 34_000 : 24_000) : options.backMs;
  const endMs = options.endMs ?? 100_000;
  const name = options.name ?? 'master-delete';
  const events: RunEvent[] = [];
  const at = (ms: number, ...bodies: EventBody[]) => {
    for (const body of bodies) events.push({ atUs: Math.round(ms * 1000), ...body });
  };
  const phase = (ms: number, phaseName: 'load-before' | 'inject' | 'recover' | 'drain' | 'audit') =>
    at(ms, { kind: 'phase', name: phaseName, edge: 'begin' });

  const cluster = { promoted: false, back: false, victimIp: ipOf(0), flag: null as string | null };
  const said = new Map<number, string>();
  const sayViews = (ms: number, only?: readonly number[]) => {
    for (let index = 0; index < 6; index++) {
      if (only && !only.includes(index)) continue;
      if (index === 0 && ms >= times.stopped && !cluster.back) continue;
      const event = viewEvent(index, ms, cluster, options.view);
      // The observer tells a view only when it changed.
      const text = JSON.stringify(event);
      if (said.get(index) !== text) at(ms, event);
      said.set(index, text);
    }
  };
  const podEvent = (index: number, ms: number, change: Partial<PodState> = {}): EventBody => {
    const pod = { ...podState(index, cluster.victimIp), ...change };
    return { kind: 'pod', part: 'redis', pod: options.pod ? options.pod(pod, ms) : pod };
  };

  for (let index = 0; index < 6; index++) at(1000, podEvent(index, 1000));
  at(1000, { kind: 'clock', offsetUs: 0, errorUs: 300 });
  at(3000, { kind: 'formed', ok: true, by: 'tool', detail: 'formed in 2 s' });
  sayViews(3500);
  at(4000, { kind: 'endpoint', service: 'redis', addresses: [0, 1, 2, 3, 4, 5].map(ipOf) });
  for (const { key, slot } of loadKeys)
    at(5000, { kind: 'initial', key, slot, value: 0, ledger: 0 });
  at(5500, {
    kind: 'probe',
    key: 'p0',
    slot: 300,
    ok: true,
    node: `${idOf(0)}@x`,
    error: null,
    lastOkUs: null,
  });
  phase(6000, 'load-before');

  const fault = (ms: number, stage: 'inject' | 'injected' | 'landed' | 'release' | 'released') =>
    at(ms, {
      kind: 'fault',
      faultId: 'f1',
      name,
      hold,
      stage,
      targets: [victim],
      predicted: { lowMs: 6000, highMs: 10_000 },
      detail: `redis-0: ${stage}`,
    });
  phase(times.injected - 50, 'inject');
  for (let index = 0; index < 6; index++)
    at(times.injected - 20, snapshot(index, 'before', `uid-${index}`, ipOf(index)));
  fault(times.injected - 10, 'inject');
  fault(times.injected, 'injected');
  at(times.injected + 5, podEvent(0, times.injected, { terminating: true, ready: false }));
  at(times.stopped, {
    kind: 'view',
    view: {
      pod: 'redis-0',
      uid: 'uid-0',
      address: `${ipOf(0)}:6379`,
      status: 'unreachable',
      error: 'ECONNRESET',
      server: null,
    },
  });
  at(times.stopped + 5, {
    kind: 'endpoint',
    service: 'redis',
    addresses: [1, 2, 3, 4, 5].map(ipOf),
  });
  at(times.stopped + 50, {
    kind: 'probe',
    key: 'p0',
    slot: 300,
    ok: false,
    node: null,
    error: 'ECONNREFUSED',
    lastOkUs: (times.stopped - 60) * 1000,
  });
  sayViews(times.stopped + 60);
  fault(times.stopped + 2100, 'landed');
  if (held) {
    cluster.flag = 'fail?';
    sayViews(times.suspected);
    cluster.flag = 'fail';
    sayViews(times.failed);
  }
  const writableMs = promotedMs ?? (backMs === null ? null : backMs - 1000);
  if (promotedMs !== null) {
    cluster.promoted = true;
    sayViews(promotedMs);
  }
  if (releasedMs !== null) {
    fault(releasedMs - 5, 'release');
    fault(releasedMs, 'released');
    at(releasedMs + 2, { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' });
  } else {
    at(times.stopped + 300, { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' });
  }
  phase((releasedMs ?? times.stopped + 300) + 10, 'recover');
  if (backMs !== null) {
    cluster.victimIp = newIp;
    cluster.flag = null;
    at(backMs - 3000, podEvent(0, backMs - 3000, { uid: 'uid-0b', ready: false }));
    at(backMs - 1000, podEvent(0, backMs - 1000, { uid: 'uid-0b' }));
    cluster.back = true;
    sayViews(backMs);
  }
  if (writableMs !== null) {
    at(writableMs + 40, {
      kind: 'probe',
      key: 'p0',
      slot: 300,
      ok: true,
      node: `${idOf(3)}@x`,
      error: null,
      lastOkUs: (times.stopped - 60) * 1000,
    });
  }
  const lastChangeMs = Math.max(backMs ?? 0, promotedMs ?? 0, times.failed);
  for (let second = 6000; second < endMs; second += 1000) {
    at(second, { kind: 'generator', scheduled: 40, started: 40, maxLagUs: 900, inFlight: 3 });
    at(second, { kind: 'host', cpuPressure: 0.1, steal: 0, loopLagMs: 2 });
    if (second > lastChangeMs) sayViews(second + 1);
  }
  for (let index = backMs === null ? 1 : 0; index < 6; index++) {
    const isNew = index === 0 && cluster.back;
    const uid = isNew ? 'uid-0b' : `uid-${index}`;
    at(endMs - 1, snapshot(index, 'after', uid, isNew ? newIp : ipOf(index)));
  }
  const history = writeHistory(endMs, writableMs);
  options.history?.(history);
  phase(endMs, 'drain');
  phase(endMs + 100, 'audit');
  tellAudit(at, endMs + 200, history, promotedMs !== null);
  const ordered = [...events].sort((a, b) => a.atUs - b.atUs);
  return {
    plan: (options.plan ?? ((same) => same))({
      ...plan,
      faults: { ...plan.faults, hold, name },
    }),
    topology: 'cluster',
    events: proven(options.events ? options.events(ordered) : ordered),
    operations: history.operations,
  };
}
