import type { PodState } from '../model/pod.ts';
import type { NodeView } from '../model/view.ts';
import type { Violation } from './state.ts';
import type { Expectation } from './topology.ts';

/** The live pods of an instant, split by whether the observer has an answer of them. */
export interface Presence {
  readonly live: readonly PodState[];
  readonly seen: readonly { readonly pod: PodState }[];
  readonly unseen: readonly { readonly pod: PodState; readonly view: NodeView | null }[];
  /** The pod of before that each live one stands for, by their names. */
  readonly standsFor: ReadonlyMap<string, string>;
}

/** RDY, UNSEEN and UNKNOWN: every pod of before is there and ready, and the observer could ask it. */
export function presenceViolations(
  presence: Presence,
  { ids }: Pick<Expectation, 'ids'>,
): Violation[] {
  const found: Violation[] = [];
  const there = new Set(presence.standsFor.values());
  for (const name of ids.keys()) {
    if (!there.has(name)) found.push(absence('RDY', name, `there is no live pod ${name}`));
  }
  for (const pod of presence.live) {
    if (pod.phase === 'Running' && pod.ready) continue;
    const waiting = pod.containers.find((container) => container.state !== 'running');
    const reason = pod.reason ?? waiting?.reason ?? 'no reason given';
    const text = `${pod.name} is ${pod.phase} and not ready (${reason})`;
    const answers = pod.phase === 'Running' && presence.seen.some((seen) => seen.pod === pod);
    found.push(absence(answers ? 'NRDY' : 'RDY', pod.name, text));
  }
  for (const { pod, view } of presence.unseen) {
    found.push(unseenViolation(pod.name, view, pod.ready));
  }
  return found;
}

/** Of a server without an answer: out of reach, or nobody knows. `called` is its pod, or a server in it. */
export function unseenViolation(called: string, view: NodeView | null, ready: boolean): Violation {
  if (view === null || view.status === 'unproven' || view.status === 'unreadable') {
    return absence('UNKNOWN', called, unknownText(called, view));
  }
  const text =
    view.status === 'unreachable'
      ? `the observer cannot reach ${called}${ready ? ', which Kubernetes calls ready' : ''}: ${view.error ?? 'no answer'}`
      : `${called} answers ${view.status}: ${view.error ?? 'no text'}`;
  return absence('UNSEEN', called, text);
}

function unknownText(called: string, view: NodeView | null): string {
  if (view === null) return `the observer has no view of ${called} yet`;
  return view.status === 'unproven'
    ? `nobody looked at ${called}: ${view.error}`
    : `${called} answers what this tool cannot read: ${view.error ?? 'no text'}`;
}

function absence(
  code: 'RDY' | 'NRDY' | 'UNSEEN' | 'UNKNOWN',
  pod: string,
  text: string,
): Violation {
  return { check: 'topology-converged', code, pod, text };
}
