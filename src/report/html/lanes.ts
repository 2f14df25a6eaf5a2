import type { RunEvent } from '../../model/event.ts';
import type { NodeView } from '../../model/view.ts';

/** What one pod's server was for a while; times are µs since run start. */
export interface LaneStretch {
  readonly pod: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly state: LaneState;
  /** `IP:PORT` at which it was asked. */
  readonly address: string;
}

export type LaneState = 'master' | 'replica' | 'loading' | 'refused' | 'unreachable' | 'gone';

/**
 * The role and address of every server over time, a lane a pod name: what each said of itself, as the
 * observer saw it. A server that is no longer looked at is gone until its successor answers.
 */
export function lanesOf(
  events: readonly RunEvent[],
  span: { readonly fromUs: number; readonly toUs: number },
): ReadonlyMap<string, readonly LaneStretch[]> {
  const lanes = new Map<string, LaneStretch[]>();
  const open = new Map<
    string,
    { uid: string; fromUs: number; state: LaneState; address: string }
  >();
  const close = (pod: string, toUs: number) => {
    const last = open.get(pod);
    if (!last) return;
    const fromUs = Math.max(last.fromUs, span.fromUs);
    const until = Math.min(toUs, span.toUs);
    if (until <= fromUs) return;
    const lane = lanes.get(pod) ?? [];
    lane.push({ pod, fromUs, toUs: until, state: last.state, address: last.address });
    lanes.set(pod, lane);
  };
  const turn = (pod: string, uid: string, atUs: number, state: LaneState, address: string) => {
    const last = open.get(pod);
    if (last?.state === state && last.address === address) return;
    close(pod, atUs);
    open.set(pod, { uid, fromUs: atUs, state, address });
  };
  for (const event of events) {
    if (event.atUs > span.toUs) break;
    if (event.kind === 'view') {
      const { pod, uid, address } = event.view;
      turn(pod, uid, event.atUs, stateOf(event.view), address);
    } else if (event.kind === 'target-gone') {
      const last = open.get(event.pod);
      if (last?.uid === event.uid) turn(event.pod, event.uid, event.atUs, 'gone', last.address);
    }
  }
  for (const pod of open.keys()) close(pod, span.toUs);
  return new Map([...lanes].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

function stateOf({ status, server }: NodeView): LaneState {
  if (server) return server.replication.role === 'master' ? 'master' : 'replica';
  if (status === 'unreadable') return 'refused';
  return status === 'ok' || status === 'unproven' ? 'unreachable' : status;
}
