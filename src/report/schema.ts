import { faultNames } from '../model/fault.ts';
import { checkIds } from '../model/finding.ts';
import { providerNames, topologyNames } from '../model/plan.ts';
import { resolvedPlanSchema } from './plan-schema.ts';
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

const moment = (what: string) =>
  orNull(number(`${what}, ms since run start; null: it did not happen`));

const timeline = object('Moments of one victim', {
  injectedMs: moment('The fault was done from our side'),
  lastAckMs: moment(
    'Last success of the observer’s own INCR on the victim’s slots before the outage',
  ),
  stoppedMs: moment('The container’s exit'),
  suspectedMs: moment('First fail? seen by a peer'),
  failedMs: moment('First fail seen by a peer'),
  promotedMs: moment('A replica says that it is master of the victim’s slots'),
  firstAckMs: moment('First success of the observer’s own INCR after the outage'),
  firstOkMs: moment('First success through the LoadBalancer on the victim’s slots'),
  endpointMs: moment('No Service has the victim’s old address any more'),
  podReadyMs: moment('The victim’s pod is ready again'),
  redundantMs: moment('As many replicas in sync as before'),
});

const target = object('What was hit, as it was right before', {
  pod: text('Pod name'),
  uid: text('Pod uid'),
  nodeId: text('Redis node id'),
  ip: text('Pod address'),
  role: oneOf(['master', 'slave'], 'Role, by its own word'),
  slots: list(text('Slot range such as 0-5460'), 'Slots it owned'),
});

const check = object(
  'What one check found',
  {
    id: oneOf(checkIds, 'Check'),
    verdict: oneOf(['pass', 'fail', 'inconclusive'], 'What it came to'),
    expected: text('What must hold'),
    observed: text('What was seen'),
    evidence: list(text('A line that a person can verify'), 'Newest or worst first'),
    faultId: text('The fault it speaks of; left out for the whole run'),
    why: text('For a red one: the known signature it matches'),
    note: text('Worth knowing although it holds'),
    contradiction: oneOf(
      ['sure', 'possible'],
      'More than unavailability, so no claim excuses it; possible: unless the storage went with the fault',
    ),
    unanswered: flag('Undecided because the set-up, asked, did not answer'),
    expectedRed: flag('A red that the claims do not cover: it does not decide'),
  },
  ['faultId', 'why', 'note', 'contradiction', 'unanswered', 'expectedRed'],
);

const fault = object('One victim of one fault', {
  id: text('Fault id'),
  name: oneOf(faultNames, 'Fault'),
  hold: oneOf(['auto', 'none'], 'Whether the pod was kept down'),
  target,
  mode: oneOf(
    ['promoted', 'restarted', 'wiped', 'drifted', 'unrecovered'],
    'How the set-up came out',
  ),
  timeline,
  predictedMs: orNull(
    object('Predicted promotion, counted from the container’s exit', {
      lowMs: number('Lower end, ms'),
      highMs: number('Upper end, ms'),
    }),
  ),
  oldIp: orNull(text('Address of the pod before')),
  newIp: orNull(text('Address of the pod after')),
});

const operations = object('What became of the requests', {
  attempted: count('Requests started, number'),
  ok: count('Acknowledged, number'),
  rejected: count('Surely not applied, number'),
  indeterminate: count('Of unknown outcome, number'),
  lost: count('Acknowledged and missing from the ledger, number'),
  phantom: count('Rejected and yet in the ledger, number'),
  duplicate: count('More than once in the ledger, number'),
  stale: count('Acknowledged with a number that was already passed, number'),
  finalCounter: orNull(number('Final value of the counter; null: it could not be read')),
  latencyUs: object('Of acknowledged requests, from their intended start', {
    p50: orNull(number('Median, µs')),
    p95: orNull(number('95th percentile, µs')),
    p99: orNull(number('99th percentile, µs')),
    max: orNull(number('Largest, µs')),
  }),
  longestOutageMs: orNull(
    number('Longest time without an acknowledged write of any one key at the LoadBalancer, ms'),
  ),
});

const proportion = (what: string) =>
  object(what, {
    count: count('Fail-overs, number'),
    of: count('Fail-overs of which it was decided, number'),
    upper: number('Exact one-sided upper bound on the probability (Clopper-Pearson)'),
  });

const quantile = (what: string) =>
  orNull(
    object(what, {
      value: number('In the sample, ms'),
      low: orNull(number('Lower end of its interval, ms; null: too few fail-overs')),
      high: orNull(number('Upper end of its interval, ms; null: too few fail-overs')),
    }),
  );

const statistics = object('What several fail-overs prove together; null for fewer than two', {
  confidence: number('Of every bound, a share of 1'),
  failovers: count('Fail-overs whose fault landed, number'),
  red: proportion('With a red check, or blamed for one of the whole run'),
  lossy: proportion('With an acknowledged write lost'),
  outageMs: object('Longest time without an acknowledged write of any one key, ms a fail-over', {
    p50: quantile('Median'),
    p95: quantile('95th percentile'),
    max: orNull(number('Longest, ms; null: none was decided')),
  }),
});

const trial = (what: string) =>
  object(what, {
    count: count('Fail-overs, number'),
    of: count('Fail-overs of which it was decided, number'),
  });

const trials = object('What the fail-overs were trials of; those of several runs add up', {
  failovers: count('Fail-overs whose fault landed, number'),
  red: trial('With a red check, or blamed for one of the whole run'),
  lossy: trial('With an acknowledged write lost'),
  outagesMs: list(number('Longest outage of one fail-over, ms'), 'Of those that were decided, ms'),
});

const environment = object('What it ran on', {
  provider: oneOf(providerNames, 'Provider'),
  kubernetes: text('Version of Kubernetes; embedded for the embedded provider'),
  redis: text('Version of the servers, as INFO gives it'),
  topology: oneOf([...topologyNames, 'unknown'], 'Topology'),
  fidelity: list(text('One line'), 'Fields without effect, mapped images, missing fidelity'),
  host: object('The machine of the harness', {
    platform: text('Platform'),
    cpus: count('CPUs, number'),
    node: text('Version of Node.js'),
  }),
  clockErrorMs: orNull(number('Bound on the error between the observer’s clock and ours, ms')),
});

/** JSON Schema (2020-12) of report.json. */
export const reportSchema: SchemaNode = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Report of redis-k8s-chaos',
  ...object('Report of one run. Times are ms since run start unless said', {
    schemaVersion: { const: 1, description: 'Version of this format' },
    tool: object('Who wrote it', { version: text('Version of redis-k8s-chaos') }),
    run: object('Which run', {
      id: text('Run id'),
      seed: number('Seed of all choices'),
      startedAt: text('Wall-clock time of run start, ISO 8601'),
      wallMs: number('Length of the run, ms'),
    }),
    environment,
    plan: resolvedPlanSchema,
    verdict: oneOf(['pass', 'fail', 'inconclusive', 'error'], 'The verdict'),
    reasons: list(text('One reason'), 'Why the verdict is what it is, what decides first'),
    checks: list(check, 'What each check found; one that does not apply is absent'),
    faults: list(
      fault,
      'The faults in order, one entry a victim; victims of one fault share its id',
    ),
    operations,
    statistics: orNull(statistics),
    trials,
    evidence: list(
      object('One file', {
        file: text(
          'Path below the report folder; report.json#/PART for a part of report.json itself',
        ),
        sha256: text(
          'SHA-256 of its bytes, hexadecimal; of a part: as JSON with sorted keys and no blanks',
        ),
      }),
      'What the verdict was decided from, as the run wrote it',
    ),
    phases: list(
      object('One phase', {
        name: text('Phase'),
        beginMs: number('Begin, ms since run start'),
        endMs: number('End, ms since run start'),
      }),
      'Where the time went, in order of their begin',
    ),
    time: object('How the wall time divides', {
      redisMs: number('Redis forming, syncing, failing over, recovering, ms'),
      windowsMs: number('Observation before and after the faults, ms'),
      clusterMs: number('Creating the cluster and getting the pods ready, ms'),
      toolMs: number('The rest: ours, ms'),
    }),
  }),
};
