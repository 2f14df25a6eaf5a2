import type { LooksEvent, RunEvent } from '../../../src/model/event.ts';

const everyUs = 1_000_000;

/**
 * The events of a script with the proof of looking that a run keeps: views and pods numbered, and each
 * second, up to the last event, a line of what was looked at. What a script says nothing of did not happen.
 */
export function proven(script: readonly RunEvent[]): readonly RunEvent[] {
  const events = [...script].sort((a, b) => a.atUs - b.atUs);
  const views = new Map<string, number>();
  const pods = new Map<string, number>();
  const result: RunEvent[] = [];
  const prove = (atUs: number) => {
    // a script without views says nothing of servers, but its observer is there
    const turns: [string, number][] = views.size > 0 ? [...views] : [['of-no-script', 0]];
    const looks: LooksEvent['looks'] = turns.map(([uid, turn]) => ({ uid, turn, agoUs: 0 }));
    result.push({ atUs, kind: 'looks', looks });
    result.push({ atUs, kind: 'listed', pods: [...pods].map(([uid, turn]) => ({ uid, turn })) });
  };
  let provenUs = 0;
  const turnOf = (turns: Map<string, number>, uid: string) => {
    const turn = (turns.get(uid) ?? 0) + 1;
    turns.set(uid, turn);
    return turn;
  };
  if (events.length > 0) prove(0);
  for (const event of events) {
    for (; provenUs + everyUs < event.atUs; provenUs += everyUs) prove(provenUs + everyUs);
    if (event.kind === 'view') result.push({ ...event, turn: turnOf(views, event.view.uid) });
    else if (event.kind === 'pod' && event.part === 'redis')
      result.push({ ...event, turn: turnOf(pods, event.pod.uid) });
    else result.push(event);
    if (event.kind === 'pod-gone') pods.delete(event.uid);
    if (event.kind === 'target-gone') views.delete(event.uid);
  }
  const lastUs = events.at(-1)?.atUs;
  if (lastUs !== undefined) prove(lastUs);
  return result;
}
