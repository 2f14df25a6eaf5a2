import { connectKube, type KubeConnection } from '../../src/kube/client/connection.ts';
import { getObject, knownResource, listObjects } from '../../src/kube/client/read.ts';
import { DeadlineError } from '../../src/model/errors.ts';
import { waitFor } from '../../src/platform/wait.ts';
import { type Cloud, startCloud } from '../../test/e2e/cloud.ts';
import { findLab, type LabCluster, openLabCluster } from '../../test/e2e/lab.ts';

const stopSignals = ['SIGINT', 'SIGTERM'] as const;
const goneTimeoutMs = 180_000;

/** One kind cluster that stands for somebody's: runs go there through its kubeconfig. */
export interface LabRuns {
  readonly cluster: LabCluster;
  /** Name of the control-plane container. */
  readonly node: string;
  /** Flags for a run in a namespace of its own. */
  flagsFor(namespace: string): readonly string[];
  /**
   * What is left in a run's namespace and is not gone within three minutes: deletion goes on by
   * itself, and controllers that lost their API server wait before they look again.
   */
  leftIn(namespace: string): Promise<string[]>;
  close(): Promise<void>;
}

/** @throws Error when this machine has no Docker, kind or node image. */
export async function openLabRuns(): Promise<LabRuns> {
  const lab = findLab();
  if (lab.missing !== null) throw new Error(lab.missing);
  // ends with this script, not after 280 s as a test's
  const cluster = await openLabCluster(lab, { signal: new AbortController().signal });
  let cloud: Cloud;
  try {
    cloud = await startCloud(cluster);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const { kubeconfig, context } = cluster;
  const close = async () => {
    for (const name of stopSignals) process.off(name, stop);
    await cloud.close().finally(() => cluster.close());
  };
  // a command that is stopped does not leave its cluster behind
  const stop = () => {
    close().finally(() => process.exit(130));
  };
  for (const name of stopSignals) process.once(name, stop);
  return {
    cluster,
    node: `${context.replace(/^kind-/, '')}-control-plane`,
    flagsFor(namespace) {
      cloud.serve(namespace);
      return [
        ...['--provider', 'kubeconfig', '--kubeconfig', kubeconfig, '--namespace', namespace],
        ...['--context', context, '--allow-context', context],
      ];
    },
    async leftIn(namespace) {
      const connection = await connectKube({ kubeconfig, context });
      const signal = AbortSignal.timeout(goneTimeoutMs + 30_000);
      const wait = { what: `namespace ${namespace} to be gone`, everyMs: 500, signal };
      let left: string[] = [];
      try {
        await waitFor({ ...wait, timeoutMs: goneTimeoutMs }, async () => {
          left = await contents(connection, namespace, signal);
          return left.length === 0
            ? { done: true, value: undefined }
            : { done: false, seen: left.join(', ') };
        });
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error;
      } finally {
        await connection.close();
      }
      return left;
    },
    close,
  };
}

async function contents(
  connection: KubeConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  const kind = knownResource('Namespace');
  const itself = await getObject(connection, '', kind, namespace, signal);
  const pods = await listObjects(connection, namespace, 'Pod', null, signal);
  return [
    ...(itself ? [`namespace ${namespace}`] : []),
    ...pods.map(({ metadata }) => {
      const { finalizers } = metadata as { finalizers?: readonly string[] };
      return `pod ${metadata.name}${finalizers?.length ? ` with ${finalizers.join()}` : ''}`;
    }),
  ];
}
