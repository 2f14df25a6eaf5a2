import { topologyNames } from '../model/plan.ts';
import { choice, duration, listOf, text } from './codec.ts';
import type { PlanFieldsOf } from './plan-values.ts';
import { authSource, imagePair } from './setup-codec.ts';

/** What is tested. */
export const setupFields: PlanFieldsOf<
  | 'topology'
  | 'manifests'
  | 'chart'
  | 'values'
  | 'set'
  | 'images'
  | 'nodeTimeoutMs'
  | 'form'
  | 'auth'
  | 'authUser'
  | 'sentinelAuth'
  | 'selector'
> = {
  topology: {
    path: 'setup.topology',
    flag: 'topology',
    placeholder: 'NAME',
    codec: choice(topologyNames),
    defaultText: 'cluster; with --manifests, read from the servers',
    description: 'what is tested',
    of: (plan) => plan.setup.topology,
  },
  manifests: {
    path: 'setup.manifests',
    flag: 'manifests',
    placeholder: 'PATH',
    codec: text(),
    defaultText: 'the shipped ones',
    description: 'your own manifests: a file, a folder or a kustomization',
    of: (plan) => plan.setup.manifests,
  },
  chart: {
    path: 'setup.chart',
    flag: 'chart',
    placeholder: 'PATH',
    codec: text(),
    defaultText: null,
    description: 'your own Helm chart, instead of manifests (needs helm on PATH)',
    of: (plan) => plan.setup.chart,
  },
  values: {
    path: 'setup.values',
    flag: 'values',
    placeholder: 'FILE',
    codec: listOf(text()),
    defaultText: null,
    description: "the chart's values (repeatable)",
    of: (plan) => plan.setup.values,
  },
  set: {
    path: 'setup.set',
    flag: 'set',
    placeholder: 'KEY=VALUE',
    codec: listOf(text()),
    defaultText: null,
    description: 'one value of the chart (repeatable)',
    of: (plan) => plan.setup.set ?? [],
  },
  images: {
    path: 'setup.images',
    flag: 'image',
    input: 'images',
    placeholder: 'NAME=NAME',
    codec: listOf(imagePair()),
    defaultText: null,
    description: 'run the same manifests on another image (repeatable)',
    of: (plan) => plan.setup.images,
  },
  nodeTimeoutMs: {
    path: 'setup.nodeTimeout',
    flag: 'node-timeout',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: '5s',
    description: 'node timeout of the shipped manifests (Sentinel: down-after); not of your own',
    of: (plan) => plan.setup.nodeTimeoutMs,
  },
  form: {
    path: 'setup.form',
    flag: 'form',
    placeholder: 'WHO',
    codec: choice(['auto', 'tool', 'self']),
    defaultText: 'auto',
    description: 'who forms the cluster (self: the manifests)',
    of: (plan) => plan.setup.form,
  },
  auth: {
    path: 'setup.auth',
    flag: 'auth',
    placeholder: 'SOURCE',
    codec: authSource(),
    defaultText: null,
    description: 'where the password is: env:VARIABLE or secret:NAME/KEY',
    of: (plan) => plan.setup.auth,
  },
  authUser: {
    path: 'setup.authUser',
    flag: 'auth-user',
    placeholder: 'NAME',
    codec: text(),
    defaultText: 'the default user',
    description: 'the ACL user whose password that is',
    of: (plan) => plan.setup.authUser ?? null,
  },
  sentinelAuth: {
    path: 'setup.sentinelAuth',
    flag: 'sentinel-auth',
    placeholder: 'SOURCE',
    codec: authSource(),
    defaultText: null,
    description: "where the Sentinels' own password is, if it is another one",
    of: (plan) => plan.setup.sentinelAuth ?? null,
  },
  selector: {
    path: 'setup.selector',
    flag: 'selector',
    placeholder: 'LABELS',
    codec: text(),
    defaultText: 'what answers on its Redis port',
    description: 'label selector of the Redis pods',
    of: (plan) => plan.setup.selector,
  },
};
