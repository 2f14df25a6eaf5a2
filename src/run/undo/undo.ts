import { InfrastructureError } from '../../model/errors.ts';
import type { Undo } from '../../provider/provider.ts';

type UndoHandler = (undo: Undo, signal: AbortSignal) => Promise<void>;

/** Who carries out which undo. Loaded when needed: `clean` on a clean machine stays light. */
const handlers: Readonly<Record<string, () => Promise<UndoHandler>>> = {
  'kind-cluster': async () => (await import('../../provider/kind/cluster.ts')).undoKindCluster,
  'container-network': async () =>
    (await import('../../provider/kind/host-access.ts')).undoNetworkJoin,
  hold: async () => (await import('../../provider/kubeconfig/hold.ts')).undoHold,
  'kubeconfig-run': async () =>
    (await import('../../provider/kubeconfig/kubeconfig.ts')).undoKubeconfigRun,
  'embedded-node': async () =>
    (await import('../../provider/embedded/node-process.ts')).undoEmbeddedNode,
};

/** Carries out one journalled undo; what is gone already is done. */
export async function carryOut(undo: Undo, signal: AbortSignal): Promise<void> {
  const load = handlers[undo.kind];
  if (!load) {
    throw new InfrastructureError(
      `the journal holds an undo of kind '${undo.kind}', which this version does not know; use the version that wrote it`,
    );
  }
  await (await load())(undo, AbortSignal.any([signal, AbortSignal.timeout(120_000)]));
}
