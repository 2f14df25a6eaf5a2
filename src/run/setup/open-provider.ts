import { InfrastructureError, UsageError } from '../../model/errors.ts';
import type { Plan, ProviderName } from '../../model/plan.ts';
import type { Provider } from '../../provider/provider.ts';
import type { ProviderContext } from '../run.ts';

/**
 * Which provider a plan means: `auto` is embedded where it can run, else kind.
 * @throws InfrastructureError when the one asked for cannot run here, with the remedy.
 */
export async function chooseProvider(plan: Plan, signal: AbortSignal): Promise<ProviderName> {
  const { name } = plan.provider;
  if (name === 'kind' || name === 'kubeconfig') return name;
  const { probeEmbedded } = await import('../../provider/embedded/probe.ts');
  const probe = await probeEmbedded(signal);
  if (probe.ok) return 'embedded';
  if (name === 'auto' && plan.setup.images.length === 0) return 'kind';
  throw new InfrastructureError(
    `the embedded provider cannot run here: ${probe.reason}; ${probe.remedy}; or use --provider kind`,
  );
}

/** Opens it. The heavy Kubernetes client is only loaded where it is used. */
export async function openProvider(
  name: ProviderName,
  plan: Plan,
  run: { readonly runId: string; readonly stateDir: string },
  context: ProviderContext,
): Promise<Provider> {
  const { runId } = run;
  switch (name) {
    case 'embedded': {
      const { openEmbedded } = await import('../../provider/embedded/provider.ts');
      const { nodes, notReadyAfterMs, evictAfterMs } = plan.provider;
      return openEmbedded({
        nodeProgram: process.execPath,
        images: [],
        nodes,
        nodeLoss: { notReadyAfterMs, evictAfterMs },
        ...context,
      });
    }
    case 'kind': {
      const { openKind } = await import('../../provider/kind/kind.ts');
      return openKind({
        clusterName: `rkc-${runId}`,
        runId,
        nodes: plan.provider.nodes,
        nodeImage: plan.provider.nodeImage ?? process.env.KIND_NODE_IMAGE ?? null,
        kindVersion: plan.provider.kindVersion,
        loadImages: plan.provider.loadImages,
        stateDir: run.stateDir,
        ...context,
      });
    }
    case 'kubeconfig': {
      const { openKubeconfig } = await import('../../provider/kubeconfig/kubeconfig.ts');
      const { kubeconfig, context: kubeContext, allowContext } = plan.provider;
      return openKubeconfig({
        kubeconfig,
        context: kubeContext,
        allowContext,
        runId,
        ...context,
      });
    }
    default:
      throw new UsageError(`provider ${String(name)} is not known`);
  }
}
