import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { waitFor } from '../../src/platform/wait.ts';
import { probeEmbedded } from '../../src/provider/embedded/probe.ts';
import { openEmbedded } from '../../src/provider/embedded/provider.ts';
import type { KubeObject, Provider, Undo } from '../../src/provider/provider.ts';
import { type Figure, median } from './figure.ts';

/**
 * What a pod costs on the embedded provider, as the caller of the port sees it. The reference is the
 * provider's own rehearsal, taken between the tries: it makes the same namespaces, mounts, links and rules
 * as a pod does, so it is slow where and when pods are.
 */
const rehearsal = 'the rehearsal of a pod';
const redis = { name: 'main', image: 'redis:8.0', args: ['--save', ''] };

/** From the pod's making until it answers PONG behind its LoadBalancer, the median of so many. */
export async function pongFigure(tries: number, signal: AbortSignal): Promise<Figure> {
  return withNode(signal, async (provider) => {
    const port = { port: 6379, targetPort: 6379 };
    const spec = { type: 'LoadBalancer', selector: { app: 'p' }, ports: [port] };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'p' }, spec };
    await provider.apply([service], signal);
    const at = await provider.endpoint('p', signal);
    const times: number[] = [];
    const rehearsals: number[] = [];
    for (let index = 0; index <= tries; index++) {
      rehearsals.push(await rehearsalMs(signal));
      const metadata = { name: `p${index}`, labels: { app: 'p' } };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [redis] } };
      const startMs = performance.now();
      await provider.apply([pod], signal);
      await until('PONG', 1, async () => ((await pings(at)) ? true : 'no PONG'), signal);
      times.push(performance.now() - startMs);
      await provider.remove('app=p', signal);
      const left = async () => (await provider.list('Pod', null, signal)).length;
      await until('its end', 5, async () => ((await left()) === 0 ? true : 'there'), signal);
      if (await pings(at)) throw new Error('a pod that is gone answers');
    }
    return {
      what: 'a pod, until its Redis answers PONG',
      measured: median(times.slice(1)), // the first prepares the image too
      reference: median(rehearsals),
      of: rehearsal,
      unit: 'ms',
    };
  });
}

export interface ReadyFigures {
  /** Six pods, and thirty beside them, until all are ready; the median of so many rounds. */
  readonly times: readonly Figure[];
  /** Resident memory of the node with 36 pods, MB. */
  readonly agentMb: number;
}

export async function readyFigures(rounds: number, signal: AbortSignal): Promise<ReadyFigures> {
  const counts = [6, 30] as const;
  const times = counts.map((): number[] => []);
  const rehearsals: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await withNode(signal, async (provider, agentPid) => {
      for (const [index, count] of counts.entries()) {
        rehearsals.push(await rehearsalMs(signal));
        times[index]?.push(await readyMs(provider, count, signal));
      }
      memory.push(residentMb(agentPid));
    });
  }
  return {
    times: counts.map((count, index) => ({
      what: `${count} pods at once, until all are ready`,
      measured: median(times[index] ?? []),
      reference: median(rehearsals),
      of: rehearsal,
      unit: 'ms',
    })),
    agentMb: median(memory),
  };
}

async function rehearsalMs(signal: AbortSignal): Promise<number> {
  const startMs = performance.now();
  const probed = await probeEmbedded(signal);
  if (!probed.ok) throw new Error(`the embedded provider cannot run here: ${probed.reason}`);
  return performance.now() - startMs;
}

async function readyMs(provider: Provider, count: number, signal: AbortSignal): Promise<number> {
  const name = `of-${count}`;
  const startMs = performance.now();
  await provider.apply([setOf(name, count)], signal);
  const look = async () => {
    const sets = await provider.list('StatefulSet', null, signal);
    const status = sets.find(({ metadata }) => metadata.name === name)?.status;
    const ready = (status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
    return ready === count ? true : `${ready}`;
  };
  await until(`${count} ready pods`, 5, look, signal);
  const tookMs = performance.now() - startMs;
  const pods = await provider.list('Pod', `app=${name}`, signal);
  if (pods.length !== count) throw new Error(`${pods.length} pods instead of ${count}`);
  for (const { metadata } of pods) {
    await until(`PONG of ${metadata.name}`, 2, () => pong(provider, metadata.name, signal), signal);
  }
  return tookMs;
}

function setOf(name: string, replicas: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: name,
      replicas,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [redis] } },
    },
  };
}

async function pong(provider: Provider, pod: string, signal: AbortSignal): Promise<true | string> {
  try {
    const argv = ['redis-cli', 'ping'];
    const answer = await provider.exec(pod, 'main', argv, { timeoutMs: 5000 }, signal);
    const said = answer.stdout.toString().trim();
    return said === 'PONG' || said;
  } catch (error) {
    return String(error); // not started yet
  }
}

/** Whether a Redis answers behind the LoadBalancer; it resets while there is no pod. */
function pings(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, () => socket.write('PING\r\n'));
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(String(chunk).startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

async function until(
  what: string,
  everyMs: number,
  look: () => Promise<true | string>,
  signal: AbortSignal,
): Promise<void> {
  await waitFor({ what, timeoutMs: 60_000, everyMs, signal }, async () => {
    const seen = await look();
    return seen === true ? { done: true, value: undefined } : { done: false, seen };
  });
}

async function withNode<T>(
  signal: AbortSignal,
  work: (provider: Provider, agentPid: number) => Promise<T>,
): Promise<T> {
  const undos: Undo[] = [];
  const provider = await openEmbedded({
    namespace: 'speed',
    undo: {
      record: async (undo) => {
        undos.push(undo);
        return 'undo';
      },
      done: async () => {},
    },
    nodeProgram: process.execPath,
    images: [],
    log: (line) => process.stderr.write(`${line}\n`),
    signal,
  });
  try {
    return await work(provider, agentOf(Number(undos[0]?.pid)));
  } finally {
    await provider.dispose();
  }
}

/** The agent among the node's processes: the Node below the namespaces' shell. */
function agentOf(pid: number): number {
  for (let parent = pid; ; ) {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8');
    const child = Number(children.trim().split(' ')[0]);
    if (!child) throw new Error(`no agent below process ${pid}`);
    if (readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('agent')) {
      const name = readFileSync(`/proc/${child}/comm`, 'utf8').trim();
      if (name === 'node' || name === 'MainThread') return child;
    }
    parent = child;
  }
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
