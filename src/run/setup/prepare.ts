import { mapImages } from '../../kube/images.ts';
import { addRunLabels, namespaceOf, runLabel } from '../../kube/labels.ts';
import { loadManifests } from '../../kube/manifests.ts';
import { podTemplatePath } from '../../kube/pod-template.ts';
import { renderChart } from '../../kube/render/chart.ts';
import type { ProgramSearch } from '../../kube/render/kustomize-program.ts';
import { withServerProgram } from '../../kube/server-program.ts';
import {
  observerManifests,
  shippedManifests,
  shippedNodeTimeoutMs,
  shippedSecret,
} from '../../kube/shipped.ts';
import { UsageError } from '../../model/errors.ts';
import type { PodEvent } from '../../model/event.ts';
import { changeAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { isShipped, type Plan } from '../../model/plan.ts';
import { didYouMean } from '../../model/suggestion.ts';
import { ownPattern } from '../../workload/http-target.ts';
import { refuseUnholdable } from '../fault/fault-needs.ts';
import { ownAppObjects } from './own-app.ts';
import { passwordOf, withPassword } from './password.ts';
import { refuseUnspeakable } from './server-access.ts';
import { portsToTry } from './service-ports.ts';
import {
  parseSelector,
  partLabel,
  partOf,
  redisContainer,
  runsServer,
  type ServerChoice,
  type Setup,
  selectedContainer,
  sentinelContainer,
} from './setup.ts';

/** The Service that stands for the app unless the plan names another (docs/design/contract.md). */
const defaultAppService = 'hit-counter-lb';
const observerService = 'rkc-observer';

/** Where the objects go when neither the plan nor the manifests name a namespace. */
export interface Where {
  readonly namespace: string;
  /** Whether the cluster is ours as a whole, or somebody's. */
  readonly clusterScoped: 'allow' | 'refuse';
}

/**
 * Reads the manifests and makes ready what will be applied; touches nothing.
 * @throws UsageError with file, line and column for manifests that cannot be applied.
 */
export async function prepareSetup(
  plan: Plan,
  runId: string,
  where: Where,
  search: Partial<ProgramSearch> = {},
): Promise<Setup> {
  const { setup } = plan;
  const shipped = isShipped(setup);
  const chart =
    setup.chart === null
      ? null
      : await renderChart(
          {
            path: setup.chart,
            values: setup.values,
            set: setup.set ?? [],
            namespace: plan.provider.namespace ?? where.namespace,
          },
          search,
        );
  const theirs =
    chart !== null
      ? chart.objects
      : setup.manifests === null
        ? await shippedManifests(setup.topology ?? 'cluster', {
            nodeTimeoutMs: setup.nodeTimeoutMs ?? shippedNodeTimeoutMs,
            // --auth secret:… names the one that the manifests take it from
            password: setup.auth?.kind === 'env' ? passwordOf(setup.auth, [], process.env) : null,
          })
        : await loadManifests(setup.manifests, search);
  const namespace = plan.provider.namespace ?? namespaceOf(theirs) ?? where.namespace;
  const service = plan.load.service ?? defaultAppService;
  const ownApp = !checkApp(theirs, service, plan.load);
  const selector = setup.selector === null ? choiceOf(theirs) : parseSelector(setup.selector);
  const redisIn = (object: KubeObject) => redisContainerOf(object, selector);
  const redis = theirs.filter((object) => redisIn(object) !== null);
  const isSentinel = (object: KubeObject) => {
    const pod = podOf(object);
    return pod !== null && partOf(pod, selector) === 'sentinel';
  };
  if (redis.length === 0) {
    const wanted = setup.selector === null ? '' : ` whose pods match ${setup.selector}`;
    throw new UsageError(
      `${setup.manifests ?? setup.chart ?? setup.topology}: no workload${wanted} runs a Redis server (a container with port 6379, or an image named redis or valkey)`,
    );
  }
  refuseUnholdable(plan, redis);
  if (!shipped) refuseUnspeakable(theirs, redis, setup);
  const auth = setup.auth ?? (shipped ? shippedSecret(setup.topology ?? 'cluster') : null);
  const password = passwordOf(auth, theirs, process.env);
  const sentinelAuth = setup.sentinelAuth ?? null;
  const own = passwordOf(sentinelAuth, theirs, process.env, '--sentinel-auth');
  const user = setup.authUser ?? null;
  const sentinels = theirs.filter((object) => sentinelIn(object) !== null);
  const app = ownApp
    ? await ownAppObjects({ theirs, redis, sentinels, topology: setup.topology })
    : [];
  const observer = withoutDuplicates(await observerManifests(), app);
  const { objects, used } = mapImages(
    [
      // told by label from here on: an image that is mapped to another one says no more what it is
      ...theirs.flatMap((object) => {
        const part = redis.includes(object) ? 'redis' : isSentinel(object) ? 'sentinel' : null;
        return part === null ? object : marked([object], part);
      }),
      ...withPassword([...marked(app, 'app'), ...marked(observer, 'observer')], {
        ...{ user, password, sentinelPassword: own },
      }),
    ],
    setup.images,
  );
  return {
    topology: setup.topology,
    shipped,
    namespace,
    objects: addRunLabels(shipped ? objects.map(withServerProgram) : objects, {
      runId,
      namespace,
      clusterScoped: where.clusterScoped,
    }),
    runSelector: `${runLabel}=${runId}`,
    app: {
      service: ownApp ? defaultAppService : service,
      own: ownApp,
      pattern: plan.load.pattern === null ? ownPattern : new RegExp(plan.load.pattern),
    },
    observerService,
    redisPorts: portsOf(redis, redisIn),
    sentinelPorts: portsOf(sentinels, sentinelIn),
    selector,
    password,
    user,
    sentinelPassword: own ?? (shipped && sentinels.length > 0 ? password : null),
    remarks: [
      ...(chart?.remarks ?? []),
      ...used.map(({ image, to }) => `image ${image} runs as ${to}`),
    ],
  };
}

/**
 * Whether the manifests hold the app's Service.
 * @throws UsageError when the plan names one that they do not hold, or that no load can go through.
 */
function checkApp(theirs: readonly KubeObject[], name: string, load: Plan['load']): boolean {
  const services = theirs.filter(({ kind }) => kind === 'Service');
  const service = services.find(({ metadata }) => metadata.name === name);
  if (!service) {
    if (load.service === null) return false;
    const names = services.map(({ metadata }) => metadata.name);
    throw new UsageError(
      `--service ${name}: the manifests hold no such Service${didYouMean(name, names)} (there are: ${names.join(', ') || 'none'})`,
    );
  }
  const { type = 'ClusterIP' } = service.spec as { type?: string };
  if (type !== 'LoadBalancer') {
    throw new UsageError(
      `Service ${name} is of type ${type}; the load goes through a LoadBalancer: set spec.type to LoadBalancer`,
    );
  }
  portsToTry(service, load.port);
  return true;
}

function redisContainerOf(
  object: KubeObject,
  selector: ServerChoice,
): ReturnType<typeof redisContainer> {
  const pod = podOf(object);
  if (pod === null || partOf(pod, selector) !== 'redis') return null;
  return selector === null || selector === 'named' ? redisContainer(pod) : selectedContainer(pod);
}

/** Where a workload says that it runs a server, one that only declares the port is no server. */
function choiceOf(objects: readonly KubeObject[]): ServerChoice {
  const says = objects.some((object) => {
    const pod = podOf(object);
    return pod !== null && runsServer(pod);
  });
  return says ? 'named' : null;
}

/** In a pod of data servers or in one of its own. */
function sentinelIn(object: KubeObject): ReturnType<typeof sentinelContainer> {
  const pod = podOf(object);
  return pod === null ? null : sentinelContainer(pod);
}

function portsOf(
  objects: readonly KubeObject[],
  find: (object: KubeObject) => { readonly name: string; readonly port: number } | null,
): ReadonlyMap<string, number> {
  return new Map(
    objects.flatMap((object) => {
      const found = find(object);
      if (!found) return [];
      const { name, port } = found;
      return [[`${object.metadata.name}/${name}`, port] as const, [name, port] as const];
    }),
  );
}

function podOf(object: KubeObject): KubeObject | null {
  if (!['StatefulSet', 'Deployment', 'ReplicaSet', 'Pod', 'DaemonSet'].includes(object.kind)) {
    return null;
  }
  return object.kind === 'Pod' ? object : (object.spec as { template: KubeObject }).template;
}

/** Labels pods as what they are: ours, which are never taken for the user's, and those under test. */
function marked(objects: readonly KubeObject[], part: PodEvent['part']): KubeObject[] {
  return objects.map((object) => {
    const path = podTemplatePath(object);
    if (path === null) return object;
    return changeAt(object, [...path, 'metadata', 'labels'], (labels) => ({
      ...(labels as Readonly<Record<string, string>>),
      [partLabel]: part,
    })) as KubeObject;
  });
}

function withoutDuplicates(
  objects: readonly KubeObject[],
  present: readonly KubeObject[],
): KubeObject[] {
  const name = (object: KubeObject) => `${object.kind}/${object.metadata.name}`;
  const names = new Set(present.map(name));
  return objects.filter((object) => !names.has(name(object)));
}
