import { stringify } from 'yaml';
import { startAllowance } from '../../rules/start-allowance.ts';
import { liveServerPods } from '../../topology/state.ts';
import type { SeenStage, Stage } from '../stage.ts';
import {
  type ObserverClient,
  type ObserverTarget,
  openObserver,
} from '../watch/observer-client.ts';
import { type PodWatch, startPodWatch } from '../watch/pod-watch.ts';
import { type RedisServer, sentinelOf, serverOf } from '../watch/world.ts';
import { workloadsOf } from './wanted-pods.ts';

/** Applies everything and keeps what was applied; secrets' values stay out of the report. */
export async function deploy(stage: Stage): Promise<void> {
  const { setup, provider, signal, folder, redact } = stage;
  const shown = setup.objects.map((object) => {
    if (object.kind === 'Secret')
      return { ...object, data: '(left out)', stringData: '(left out)' };
    if (object.kind === 'ConfigMap' && object.metadata.name === 'hit-counter-app') {
      return {
        ...object,
        data: { 'pod.cjs': '(the hit-counter and observer program of this version)' },
      };
    }
    return object;
  });
  folder.write('manifests.yaml', redact(shown.map((object) => stringify(object)).join('---\n')));
  const redis = workloadsOf(setup.objects, setup.selector, 'redis');
  stage.recorder.record({ kind: 'allowance', ...startAllowance(redis) });
  await provider.apply(setup.objects, signal);
}

/** The two pairs of eyes: Kubernetes' word on the pods, and the observer's on the servers. */
export interface Watching extends AsyncDisposable {
  /** Connects to the observer once its pod answers, and keeps its targets in step with the pods. */
  connectObserver(): Promise<SeenStage>;
}

export async function watchAndObserve(stage: Stage): Promise<Watching> {
  const watch: PodWatch = startPodWatch(stage);
  let observer: ObserverClient | null = null;
  let unsubscribe = () => {};
  return {
    async connectObserver() {
      const { host, port } = await stage.provider.endpoint(
        stage.setup.observerService,
        stage.signal,
      );
      const client = await openObserver({
        origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
        clock: stage.clock,
        zeroUs: stage.clock.nowUs() - stage.recorder.nowUs(),
        record: stage.recorder.record,
        signal: stage.signal,
      });
      observer = client;
      unsubscribe = followPods(stage, client);
      return { ...stage, observer: client };
    },
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await watch.close();
      await observer?.close();
    },
  };
}

/**
 * Tells the observer of every Redis pod that has an address, as soon as it has one, and no longer of
 * those that are gone; again until it has taken it. A pod that is held down stays a target: its silence is evidence.
 */
export function followPods(
  stage: Pick<Stage, 'recorder' | 'setup' | 'clock' | 'signal'>,
  observer: Pick<ObserverClient, 'setTargets'>,
): () => void {
  const closing = new AbortController();
  const until = AbortSignal.any([stage.signal, closing.signal]);
  let taken = '';
  let telling = false;
  const tell = async () => {
    if (telling) return;
    telling = true;
    let pauseMs = leastPauseMs;
    while (!until.aborted) {
      const targets = targetsOf(stage);
      const text = JSON.stringify(targets);
      if (text === taken) break;
      try {
        await observer.setTargets(targets);
        taken = text;
        pauseMs = leastPauseMs;
      } catch {
        // what it does not look at meanwhile has no proof of looking: the checker's matter
        await stage.clock.sleep(pauseMs, until).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, mostPauseMs);
      }
    }
    telling = false;
  };
  void tell();
  const unsubscribe = stage.recorder.subscribe((event) => {
    if (event.kind === 'pod' || event.kind === 'pod-gone') void tell();
  });
  return () => {
    unsubscribe();
    closing.abort();
  };
}

/** Between one attempt to tell the observer and the next, ms; doubled after each. */
const leastPauseMs = 100;
const mostPauseMs = 2000;

function targetsOf(stage: Pick<Stage, 'recorder' | 'setup'>): ObserverTarget[] {
  const { world } = stage.recorder;
  const live = new Set(liveServerPods(world).map((pod) => pod.uid));
  return [...world.pods.values()]
    .filter(({ part }) => part === 'redis' || part === 'sentinel')
    .filter(({ pod }) => live.has(pod.uid) || pod.terminating)
    .flatMap(({ part, pod }): ObserverTarget[] => {
      const server = part === 'redis' ? serverOf(pod, stage.setup.redisPorts) : null;
      const sentinel = sentinelOf(pod, stage.setup);
      const target = ({ uid, address }: RedisServer) => ({ pod: pod.name, uid, address });
      return [
        ...(server ? [target(server)] : []),
        ...(sentinel ? [{ ...target(sentinel), kind: 'sentinel' as const }] : []),
      ];
    })
    .sort((a, b) => (a.pod === b.pod ? (a.uid < b.uid ? -1 : 1) : a.pod < b.pod ? -1 : 1));
}
