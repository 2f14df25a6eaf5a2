import { podState } from '../../kube/pod-state.ts';
import { describeError } from '../../model/errors.ts';
import type { PodEvent } from '../../model/event.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { roleServices } from '../setup/role-services.ts';
import { partOf } from '../setup/setup.ts';
import type { Stage } from '../stage.ts';

export interface PodWatch {
  /** Ends the loop; resolves when the call under way has ended. */
  close(): Promise<void>;
  /** Looks once more, now: for steps that need what is true after their own deed. */
  look(): Promise<void>;
}

const everyMs = 200;
/** How often what was listed is put on record although nothing changed, µs. */
const proofEveryUs = 1_000_000;

/**
 * Polls pods and endpoints and records what changed. A list loop, not a watch: a watch that ended
 * quietly would show an outage that never was.
 */
export function startPodWatch(stage: Stage): PodWatch {
  const { provider, recorder, clock, signal } = stage;
  const closing = new AbortController();
  const until = AbortSignal.any([signal, closing.signal]);
  const byRole = roleServices(stage.setup.objects, stage.setup.selector);
  const seenPods = new Map<string, string>();
  /** How many events each Redis pod has had. */
  const turns = new Map<string, number>();
  let provenUs = Number.NEGATIVE_INFINITY;
  const seenEndpoints = new Map<string, string>();
  /** The lists as they came last: a provider that gives the same arrays again says that nothing changed. */
  let pods: readonly KubeObject[] = [];
  let slices: readonly KubeObject[] = [];

  const look = async () => {
    const [podsNow, slicesNow] = await Promise.all([
      provider.list('Pod', null, until),
      provider.list('EndpointSlice', null, until),
    ]);
    if (podsNow !== pods) recordPods(podsNow);
    pods = podsNow;
    if (slicesNow !== slices) recordEndpoints(slicesNow);
    slices = slicesNow;
    if (recorder.nowUs() - provenUs < proofEveryUs) return;
    provenUs = recorder.nowUs();
    const listed = [...turns].map(([uid, turn]) => ({ uid, turn }));
    recorder.record({ kind: 'listed', pods: listed });
  };

  const recordPods = (objects: readonly KubeObject[]) => {
    const present = new Set<string>();
    for (const object of objects) {
      const pod = podState(object);
      present.add(pod.uid);
      const text = JSON.stringify(pod);
      if (seenPods.get(pod.uid) === text) continue;
      seenPods.set(pod.uid, text);
      const part = partOf(object, stage.setup.selector);
      const event: PodEvent = { kind: 'pod', pod, part };
      if (part !== 'redis') {
        recorder.record(event);
        continue;
      }
      const turn = (turns.get(pod.uid) ?? 0) + 1;
      turns.set(pod.uid, turn);
      recorder.record({ ...event, turn });
    }
    for (const [uid, text] of seenPods) {
      if (present.has(uid)) continue;
      seenPods.delete(uid);
      const { name } = JSON.parse(text) as { name: string };
      const turn = turns.get(uid);
      turns.delete(uid);
      recorder.record({
        kind: 'pod-gone',
        name,
        uid,
        ...(turn === undefined ? {} : { turn: turn + 1 }),
      });
    }
  };

  const recordEndpoints = (slices: readonly KubeObject[]) => {
    const byService = new Map<string, string[]>();
    for (const slice of slices) {
      const service = slice.metadata.labels?.['kubernetes.io/service-name'];
      if (service === undefined) continue;
      byService.set(service, [...(byService.get(service) ?? []), ...readyAddresses(slice)]);
    }
    for (const [service, addresses] of byService) {
      addresses.sort();
      const text = addresses.join(' ');
      if (seenEndpoints.get(service) === text) continue;
      seenEndpoints.set(service, text);
      const role = byRole.has(service) ? ({ byRole: true } as const) : {};
      recorder.record({ kind: 'endpoint', service, addresses, ...role });
    }
  };

  const loop = async () => {
    let failing = false;
    while (!until.aborted) {
      try {
        await look();
        failing = false;
      } catch (error) {
        if (until.aborted) return;
        if (!failing)
          recorder.record({ kind: 'note', text: `cannot list pods: ${describeError(error)}` });
        failing = true;
      }
      await clock.sleep(everyMs, until).catch(() => {});
    }
  };
  const running = loop();
  return {
    look,
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** An endpoint without a `ready` condition counts as ready (EndpointSlice API). */
function readyAddresses(slice: KubeObject): string[] {
  const endpoints = (slice.endpoints ?? []) as readonly {
    addresses?: readonly string[];
    conditions?: { ready?: boolean };
  }[];
  return endpoints.flatMap((endpoint) =>
    endpoint.conditions?.ready === false ? [] : [...(endpoint.addresses ?? [])],
  );
}
