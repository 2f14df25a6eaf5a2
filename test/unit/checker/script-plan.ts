import type { FaultTarget } from '../../../src/model/fault.ts';
import type { Plan } from '../../../src/model/plan.ts';

/** When things happen in every script, ms since run start. */
export const times = { injected: 20_000, stopped: 20_200, suspected: 25_400, failed: 25_900 };
export const ranges = ['0-5460', '5461-10922', '10923-16383'] as const;
export const loadKeys = [
  { key: 'hits', slot: 100 },
  { key: 'k0', slot: 200 },
  { key: 'k1', slot: 6000 },
  { key: 'k2', slot: 12_000 },
] as const;
export const idOf = (index: number) => `${'abcdef'[index]}`.repeat(40);
export const ipOf = (index: number) => `10.0.0.${index + 1}`;
export const newIp = '10.0.1.1';
export const victim: FaultTarget = {
  pod: 'redis-0',
  uid: 'uid-0',
  nodeId: idOf(0),
  ip: ipOf(0),
  role: 'master',
  slots: [ranges[0]],
};

export const plan: Plan = {
  provider: {
    name: 'embedded',
    nodes: 1,
    notReadyAfterMs: null,
    evictAfterMs: null,
    nodeImage: null,
    kindVersion: null,
    kubeconfig: null,
    context: null,
    allowContext: null,
    namespace: null,
    loadImages: [],
  },
  setup: {
    topology: 'cluster',
    manifests: null,
    chart: null,
    values: [],
    images: [],
    nodeTimeoutMs: 5000,
    form: 'auto',
    auth: null,
    selector: null,
  },
  faults: {
    name: 'master-delete',
    hold: 'auto',
    awayMs: 400, // as long as the script holds its victim down after the promotion
    graceSeconds: null,
    failovers: 1,
    assertOnly: false,
    claims: ['one-pod'],
  },
  load: {
    rate: 40,
    requestTimeoutMs: 1000,
    maxInFlight: 10_000,
    service: null,
    pattern: null,
    port: null,
    path: null,
    key: null,
  },
  assert: { outageBudgetMs: null, loss: 'window' },
  seed: 1,
  reportDir: 'report',
  keep: 'never',
};
