import { providerNames } from '../model/plan.ts';
import { choice, duration, integer, listOf, text } from './codec.ts';
import type { PlanFieldsOf } from './plan-values.ts';
import { isDnsLabel } from './setup-codec.ts';

const name = text({
  expected: 'a name of lower-case letters, digits and dashes',
  test: isDnsLabel,
});

/** Where it runs. */
export const providerFields: PlanFieldsOf<
  | 'provider'
  | 'nodes'
  | 'notReadyAfterMs'
  | 'evictAfterMs'
  | 'nodeImage'
  | 'kindVersion'
  | 'kubeconfig'
  | 'context'
  | 'allowContext'
  | 'namespace'
  | 'loadImages'
> = {
  provider: {
    path: 'provider.name',
    flag: 'provider',
    placeholder: 'NAME',
    codec: choice(['auto', ...providerNames]),
    defaultText: 'auto',
    description: 'where it runs (auto: embedded where that can run, else kind)',
    of: (plan) => plan.provider.name,
  },
  nodes: {
    path: 'provider.nodes',
    flag: 'nodes',
    placeholder: 'N',
    codec: integer(1, 50),
    defaultText: '1',
    description:
      'nodes of the kind cluster or of embedded; the first of several is the control plane',
    of: (plan) => plan.provider.nodes,
  },
  notReadyAfterMs: {
    path: 'provider.notReadyAfter',
    flag: 'not-ready-after',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: '40s, as a real cluster',
    description: 'embedded: silence before a lost node is NotReady',
    of: (plan) => plan.provider.notReadyAfterMs,
  },
  evictAfterMs: {
    path: 'provider.evictAfter',
    flag: 'evict-after',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: '5m, as a real cluster',
    description: 'embedded: from NotReady to the deletion of its pods',
    of: (plan) => plan.provider.evictAfterMs,
  },
  nodeImage: {
    path: 'provider.nodeImage',
    flag: 'node-image',
    placeholder: 'IMAGE',
    codec: text(),
    defaultText: "kind's own",
    description: 'node image of the kind cluster',
    of: (plan) => plan.provider.nodeImage,
  },
  kindVersion: {
    path: 'provider.kindVersion',
    flag: 'kind-version',
    placeholder: 'VERSION',
    codec: text({ expected: 'a version such as v0.30.0', test: (v) => /^v?\d+\.\d+\.\d+/.test(v) }),
    defaultText: 'the one on PATH',
    description: 'version of kind to use',
    of: (plan) => plan.provider.kindVersion,
  },
  kubeconfig: {
    path: 'provider.kubeconfig',
    flag: 'kubeconfig',
    placeholder: 'FILE',
    codec: text(),
    defaultText: "kubectl's",
    description: 'kubeconfig file of the cluster to use',
    of: (plan) => plan.provider.kubeconfig,
  },
  context: {
    path: 'provider.context',
    flag: 'context',
    placeholder: 'NAME',
    codec: text(),
    defaultText: 'the current one',
    description: 'context in the kubeconfig',
    of: (plan) => plan.provider.context,
  },
  allowContext: {
    path: 'provider.allowContext',
    flag: 'allow-context',
    placeholder: 'NAME',
    codec: text(),
    defaultText: null,
    description: 'the context that may be broken on purpose; a kubeconfig run needs it',
    of: (plan) => plan.provider.allowContext,
  },
  namespace: {
    path: 'provider.namespace',
    flag: 'namespace',
    placeholder: 'NAME',
    codec: name,
    defaultText: null,
    description: 'the one namespace to work in',
    of: (plan) => plan.provider.namespace,
  },
  loadImages: {
    path: 'provider.loadImages',
    flag: 'load-image',
    input: 'load-images',
    placeholder: 'IMAGE',
    codec: listOf(text()),
    defaultText: null,
    description: 'local image to load into the kind nodes (repeatable)',
    of: (plan) => plan.provider.loadImages,
  },
};
