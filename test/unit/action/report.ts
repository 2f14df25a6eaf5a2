import type { FaultRecord } from '../../../src/model/fault.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import { emptySource } from '../../../src/plan/plan-source.ts';
import { resolvePlan } from '../../../src/plan/resolve.ts';

/** A report of a run in which nothing is wrong; a test changes what it speaks of. */
export function reportOf(changes: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    tool: { version: '0.0.0' },
    run: { id: 'rtest', seed: 7, startedAt: '2026-01-01T00:00:00.000Z', wallMs: 1000 },
    environment: {
      provider: 'kind',
      kubernetes: '1.34.4',
      redis: '8.0.2',
      topology: 'cluster',
      fidelity: [],
      host: { platform: 'linux', cpus: 2, node: 'v24.0.0' },
      clockErrorMs: 1,
    },
    plan: resolvePlan(null, emptySource, { seed: 7, provider: 'kind', built: {} }),
    verdict: 'pass',
    reasons: [],
    checks: [findingOf({})],
    faults: [],
    operations: {
      attempted: 10,
      ok: 10,
      rejected: 0,
      indeterminate: 0,
      lost: 0,
      phantom: 0,
      duplicate: 0,
      stale: 0,
      finalCounter: 10,
      latencyUs: { p50: 1, p95: 2, p99: 3, max: 4 },
      longestOutageMs: null,
    },
    statistics: null,
    trials: { failovers: 0, red: { count: 0, of: 0 }, lossy: { count: 0, of: 0 }, outagesMs: [] },
    evidence: [],
    phases: [],
    time: { redisMs: 0, windowsMs: 0, clusterMs: 0, toolMs: 0 },
    ...changes,
  };
}

export function findingOf(changes: Partial<Finding>): Finding {
  return {
    id: 'promotion',
    verdict: 'pass',
    expected: 'a replica takes over',
    observed: 'redis-cluster-3 did',
    evidence: [],
    ...changes,
  };
}

export function faultOf(timeline: Partial<FaultRecord['timeline']>): FaultRecord {
  return {
    id: 'f1',
    name: 'master-delete',
    hold: 'auto',
    target: {
      pod: 'redis-cluster-0',
      uid: 'u',
      nodeId: 'n'.repeat(40),
      ip: '10.0.0.1',
      role: 'master',
      slots: ['0-5460'],
    },
    mode: 'promoted',
    timeline: {
      injectedMs: null,
      lastAckMs: null,
      stoppedMs: null,
      suspectedMs: null,
      failedMs: null,
      promotedMs: null,
      firstAckMs: null,
      firstOkMs: null,
      endpointMs: null,
      podReadyMs: null,
      redundantMs: null,
      ...timeline,
    },
    predictedMs: null,
    oldIp: '10.0.0.1',
    newIp: null,
  };
}
