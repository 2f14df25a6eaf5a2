import { faultClasses, faultNames, usualFault } from '../model/fault.ts';
import { choice, duration, flag, integer, listOf, positive, text } from './codec.ts';
import type { PlanFieldsOf } from './plan-values.ts';
import { isCounterPattern, isDnsLabel } from './setup-codec.ts';

const name = text({
  expected: 'a name of lower-case letters, digits and dashes',
  test: isDnsLabel,
});

/** What is done to it, under which load, and what must hold. */
export const faultFields: PlanFieldsOf<
  | 'fault'
  | 'hold'
  | 'awayMs'
  | 'graceSeconds'
  | 'failovers'
  | 'assertOnly'
  | 'claims'
  | 'rate'
  | 'requestTimeoutMs'
  | 'maxInFlight'
  | 'service'
  | 'pattern'
  | 'port'
  | 'path'
  | 'key'
  | 'outageBudgetMs'
  | 'loss'
  | 'seed'
  | 'reportDir'
  | 'keep'
> = {
  fault: {
    path: 'faults.name',
    flag: 'fault',
    placeholder: 'NAME',
    codec: choice(faultNames),
    defaultText: usualFault,
    description: `what is done to it (${usualFault}: the master that owns hits)`,
    of: (plan) => plan.faults.name,
  },
  hold: {
    path: 'faults.hold',
    flag: 'hold',
    placeholder: 'MODE',
    codec: choice(['auto', 'none']),
    defaultText: 'auto',
    description: 'keep a deleted pod down until its replica is promoted and a while longer, or not',
    of: (plan) => plan.faults.hold,
  },
  awayMs: {
    path: 'faults.away',
    flag: 'away',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: '5s, or the node timeout where that is longer',
    description: 'how much longer a held pod stays down, under load, once its replica is promoted',
    of: (plan) => plan.faults.awayMs,
  },
  graceSeconds: {
    path: 'faults.graceSeconds',
    flag: 'grace',
    placeholder: 'SECONDS',
    codec: integer(0, 3600),
    defaultText: "the pod's own",
    description: 'grace period of the delete; 0 is forced',
    of: (plan) => plan.faults.graceSeconds,
  },
  failovers: {
    path: 'faults.failovers',
    flag: 'failovers',
    placeholder: 'N',
    codec: integer(1, 1000),
    defaultText: '1; 3 with Sentinels',
    description: 'how many faults, one after the other',
    of: (plan) => plan.faults.failovers,
  },
  assertOnly: {
    path: 'faults.assertOnly',
    flag: 'assert-only',
    placeholder: null,
    codec: flag(),
    defaultText: 'false',
    description: 'look at a live set-up and change nothing',
    of: (plan) => plan.faults.assertOnly,
  },
  claims: {
    path: 'faults.claims',
    flag: 'claims',
    placeholder: 'CLASSES',
    codec: listOf(choice(faultClasses)),
    defaultText: 'one-pod',
    description:
      'what the set-up claims to survive, a list (excuses an outage, never a lost write, a duplicate or two owners)',
    of: (plan) => plan.faults.claims,
  },
  rate: {
    path: 'workload.rate',
    flag: 'rate',
    placeholder: 'N',
    codec: positive(100_000),
    defaultText: '200',
    description: 'requests a second over all keys',
    of: (plan) => plan.load.rate,
  },
  requestTimeoutMs: {
    path: 'workload.requestTimeout',
    flag: 'request-timeout',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: '1s',
    description: 'how long one request may take',
    of: (plan) => plan.load.requestTimeoutMs,
  },
  maxInFlight: {
    path: 'workload.maxInFlight',
    flag: 'max-in-flight',
    placeholder: 'N',
    codec: integer(1, 1_000_000),
    defaultText: '10000',
    description: 'requests in flight at most; reaching it means that the generator is late',
    of: (plan) => plan.load.maxInFlight,
  },
  service: {
    path: 'workload.service',
    flag: 'service',
    placeholder: 'NAME',
    codec: name,
    defaultText: 'hit-counter-lb',
    description: "your own app's LoadBalancer Service",
    of: (plan) => plan.load.service,
  },
  pattern: {
    path: 'workload.pattern',
    flag: 'pattern',
    placeholder: 'REGEX',
    codec: text({
      expected: 'a regular expression with a group, e.g. "hit (\\d+) times"',
      test: isCounterPattern,
    }),
    defaultText: "our own app's",
    description: "finds the number on your own app's page: its first group",
    of: (plan) => plan.load.pattern,
  },
  port: {
    path: 'workload.port',
    flag: 'service-port',
    placeholder: 'PORT',
    codec: text({
      expected: 'the name or the number of a port of the Service',
      test: (value) => isDnsLabel(value),
    }),
    defaultText: 'the one whose page counts',
    description: "the port of your own app's Service that has the page, by name or number",
    of: (plan) => plan.load.port,
  },
  path: {
    path: 'workload.path',
    flag: 'path',
    placeholder: 'PATH',
    codec: text({
      expected: 'a path that begins with /',
      test: (value) => /^\/[^\s#]*$/.test(value),
    }),
    defaultText: '/',
    description: "path of your own app's page",
    of: (plan) => plan.load.path,
  },
  key: {
    path: 'workload.key',
    flag: 'key',
    placeholder: 'KEY',
    codec: text(),
    defaultText: 'the one that grows with the hits',
    description: "the key that your own app counts under: its master is the fault's target",
    of: (plan) => plan.load.key,
  },
  outageBudgetMs: {
    path: 'assert.outageBudget',
    flag: 'outage-budget',
    placeholder: 'DURATION',
    codec: duration(),
    defaultText: "the prediction's upper end + 3s",
    description: 'longest time without an acknowledged write',
    of: (plan) => plan.assert.outageBudgetMs,
  },
  loss: {
    path: 'assert.loss',
    flag: 'loss',
    placeholder: 'RULE',
    codec: choice(['window', 'strict']),
    defaultText: 'window',
    description: "acknowledged writes that may be lost, those of the fault's window or none",
    of: (plan) => plan.assert.loss,
  },
  seed: {
    path: 'seed',
    flag: 'seed',
    placeholder: 'N',
    codec: integer(0, 0xffff_ffff),
    defaultText: 'random, printed',
    description: 'the same seed makes the same choices',
    of: (plan) => plan.seed,
  },
  reportDir: {
    path: 'reportDir',
    flag: 'report-dir',
    placeholder: 'DIR',
    codec: text(),
    defaultText: 'report',
    description: 'folder of the report',
    of: (plan) => plan.reportDir,
  },
  keep: {
    path: 'keep',
    flag: 'keep',
    placeholder: 'WHEN',
    codec: choice(['always', 'on-failure', 'never']),
    defaultText: 'never',
    description: 'when everything is left standing afterwards',
    of: (plan) => plan.keep,
  },
};
