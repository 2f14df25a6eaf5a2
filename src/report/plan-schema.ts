import { faultClasses, faultNames } from '../model/fault.ts';
import { providerNames, topologyNames } from '../model/plan.ts';
import {
  count,
  flag,
  list,
  number,
  object,
  oneOf,
  orNull,
  type SchemaNode,
  text,
} from './schema-nodes.ts';

const image = object('One image taken for another', {
  from: text('Name in the manifests'),
  to: text('Name that runs instead'),
});

const passwordSource = (title: string) =>
  object(title, { kind: oneOf(['env', 'secret'], 'Kind of source') });

const setupProperties = {
  topology: orNull(oneOf(topologyNames, 'Topology; null: read from the servers')),
  manifests: orNull(text('Path of the user’s manifests; null: the shipped ones')),
  chart: orNull(text('Helm chart')),
  values: list(text('File'), 'Values of the chart'),
  set: list(text('KEY=VALUE'), 'Single values of the chart'),
  images: list(image, 'Images run instead of others'),
  nodeTimeoutMs: orNull(number('Node timeout of the shipped manifests, ms')),
  form: oneOf(['auto', 'tool', 'self'], 'Who forms the cluster'),
  auth: orNull(passwordSource('Where the password comes from, never the password')),
  authUser: orNull(text('ACL user whose password that is; null: the default user')),
  sentinelAuth: orNull(passwordSource('Where the Sentinels’ own password comes from')),
  selector: orNull(text('Label selector of the Redis pods')),
};

/** The plan as it was carried out, every default filled in. */
export const resolvedPlanSchema: SchemaNode = object('The plan as carried out', {
  provider: object('Where it ran', {
    name: oneOf([...providerNames, 'auto'], 'Provider asked for'),
    nodes: count('Nodes of the cluster, number'),
    notReadyAfterMs: orNull(number('Silence before a lost node is NotReady, ms; null: 40 s')),
    evictAfterMs: orNull(number('From NotReady to the deletion of its pods, ms; null: 300 s')),
    nodeImage: orNull(text('kind node image')),
    kindVersion: orNull(text('kind version')),
    kubeconfig: orNull(text('Path of the kubeconfig')),
    context: orNull(text('Context used')),
    allowContext: orNull(text('Context that the user allowed')),
    namespace: orNull(text('Namespace worked in')),
    loadImages: list(text('Image name'), 'Local images loaded into the nodes'),
  }),
  setup: object('What was put there', setupProperties, ['set', 'authUser', 'sentinelAuth']),
  faults: object('What was broken', {
    name: oneOf(faultNames, 'Fault'),
    hold: oneOf(['auto', 'none'], 'Whether a deleted pod is kept down until a promotion'),
    awayMs: orNull(
      number(
        'How long a held pod stays down after the promotion, ms; null: 5 s or the node timeout',
      ),
    ),
    graceSeconds: orNull(number('Grace period of deletes, s; null: the pod’s own')),
    failovers: orNull(count('Faults, one after the other, number; null: as the topology needs')),
    assertOnly: flag('Only look, change nothing'),
    claims: list(oneOf(faultClasses, 'Fault class'), 'Classes that the set-up claims to survive'),
  }),
  load: object(
    'What was sent',
    {
      rate: number('Requests over all keys, 1/s'),
      requestTimeoutMs: number('Time-out of a request, ms'),
      maxInFlight: count('Requests in flight at most, number'),
      service: orNull(text('LoadBalancer Service of the user’s app')),
      pattern: orNull(text('Regular expression for the number on the user’s page')),
      port: orNull(text('Port of that Service, name or number; null: found')),
      path: orNull(text('Path of the user’s page; null: /')),
      key: orNull(text('Key that the user’s page counts under; null: found')),
    },
    ['port', 'path', 'key'],
  ),
  assert: object('What was asked for', {
    outageBudgetMs: orNull(
      number('Longest outage allowed, ms; null: the prediction’s upper end + 3 s'),
    ),
    loss: oneOf(['strict', 'window'], 'Whether any acknowledged write may be lost'),
  }),
  seed: number('Seed of all choices'),
  reportDir: text('Report folder'),
  keep: oneOf(['always', 'on-failure', 'never'], 'Whether the set-up is left standing'),
});
