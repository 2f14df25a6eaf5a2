import { type FaultName, usualFault } from '../model/fault.ts';
import type { Plan, ProviderName, TopologyName } from '../model/plan.ts';
import { didYouMean } from '../model/suggestion.ts';
import { checkConsistency, type Origins } from './consistency.ts';
import { emptySource, originError, type PlanSource } from './plan-source.ts';
import type { PlanFieldId, PlanValues } from './plan-values.ts';

/** What this version can do; a set that is absent leaves everything in. */
export interface Built {
  readonly providers?: ReadonlySet<ProviderName>;
  readonly topologies?: ReadonlySet<TopologyName>;
  readonly faults?: ReadonlySet<FaultName>;
}

export interface PlanDefaults {
  /** The seed when none is given: 32 bits of randomness from the caller. */
  readonly seed: number;
  /** `auto` for the CLI, `kind` for the Action. */
  readonly provider: ProviderName | 'auto';
  readonly built: Built;
}

/**
 * The whole plan: defaults, then the plan file, then the flags, the later winning setting by setting.
 * @throws UsageError for what does not fit together, and for what this version does not have yet.
 */
export function resolvePlan(
  file: PlanSource | null,
  flags: PlanSource,
  defaults: PlanDefaults,
): Plan {
  const { values: fromFile, origins: fileOrigins } = file ?? emptySource;
  const origins: Origins = { ...fileOrigins, ...flags.origins };
  const given: PlanValues = { ...fromFile, ...flags.values };
  const values = { ...given, provider: given.provider ?? defaults.provider };
  checkConsistency(values, origins);
  const plan = planOf(values, values.provider, defaults.seed);
  checkBuilt(plan, origins, defaults.built);
  return plan;
}

function planOf(values: PlanValues, provider: ProviderName | 'auto', seed: number): Plan {
  const assertOnly = values.assertOnly ?? false;
  const own = values.manifests !== undefined || values.chart !== undefined;
  // Somebody's running set-up: nothing is applied, so nothing is known before it is asked.
  const live = assertOnly && provider === 'kubeconfig';
  const shipped = !own && !live;
  return {
    provider: {
      name: provider,
      nodes: values.nodes ?? 1,
      notReadyAfterMs: values.notReadyAfterMs ?? null,
      evictAfterMs: values.evictAfterMs ?? null,
      nodeImage: values.nodeImage ?? null,
      kindVersion: values.kindVersion ?? null,
      kubeconfig: values.kubeconfig ?? null,
      context: values.context ?? null,
      allowContext: values.allowContext ?? null,
      namespace: values.namespace ?? null,
      loadImages: values.loadImages ?? [],
    },
    setup: {
      topology: values.topology ?? (shipped ? 'cluster' : null),
      manifests: values.manifests ?? null,
      chart: values.chart ?? null,
      values: values.values ?? [],
      set: values.set ?? [],
      images: values.images ?? [],
      nodeTimeoutMs: shipped ? (values.nodeTimeoutMs ?? 5000) : null,
      form: values.form ?? 'auto',
      auth: values.auth ?? null,
      authUser: values.authUser ?? null,
      sentinelAuth: values.sentinelAuth ?? null,
      selector: values.selector ?? null,
    },
    faults: {
      name: values.fault ?? (assertOnly ? 'none' : usualFault),
      hold: values.hold ?? 'auto',
      awayMs: values.awayMs ?? null,
      graceSeconds: values.graceSeconds ?? null,
      failovers: values.failovers ?? null,
      assertOnly,
      claims: values.claims ?? ['one-pod'],
    },
    load: {
      rate: values.rate ?? 200,
      requestTimeoutMs: values.requestTimeoutMs ?? 1000,
      maxInFlight: values.maxInFlight ?? 10_000,
      service: values.service ?? null,
      pattern: values.pattern ?? null,
      port: values.port ?? null,
      path: values.path ?? null,
      key: values.key ?? null,
    },
    assert: {
      outageBudgetMs: values.outageBudgetMs ?? null,
      loss: values.loss ?? 'window',
    },
    seed: values.seed ?? seed,
    reportDir: values.reportDir ?? 'report',
    keep: values.keep ?? 'never',
  };
}

function checkBuilt(plan: Plan, origins: Origins, built: Built): void {
  const check = (id: PlanFieldId, name: string | null, known: ReadonlySet<string> | undefined) => {
    if (name === null || name === 'auto' || name === 'none' || !known || known.has(name)) return;
    const message = `${id} ${name} is not in this version${didYouMean(name, known)} (there are: ${[...known].join(', ')})`;
    throw originError(origins[id], message);
  };
  check('provider', plan.provider.name, built.providers);
  check('topology', plan.setup.topology, built.topologies);
  check('fault', plan.faults.name, built.faults);
}
