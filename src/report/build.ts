import type { Evaluation } from '../checker/evaluate.ts';
import { ofKind } from '../checker/run-story.ts';
import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Environment, PhaseTime, Report, TimeShares } from '../model/report.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly toolVersion: string;
  readonly run: Report['run'];
  readonly environment: Environment;
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  readonly evaluation: Evaluation;
  readonly evidence: Report['evidence'];
}

/** report.json as a value. */
export function buildReport(input: ReportInput): Report {
  const { evaluation, plan, events } = input;
  const phases = phaseTimes(events);
  return {
    schemaVersion: 1,
    tool: { version: input.toolVersion },
    run: input.run,
    environment: input.environment,
    plan,
    verdict: evaluation.verdict,
    reasons: evaluation.reasons,
    checks: evaluation.findings,
    faults: evaluation.faults,
    operations: evaluation.operations,
    statistics: evaluation.statistics,
    trials: evaluation.trials,
    evidence: input.evidence,
    phases,
    time: timeShares(phases, input.run.wallMs),
  };
}

/** Each phase in order of its begin, ms since run start; one that never ended ends with the events. */
export function phaseTimes(events: readonly RunEvent[]): readonly PhaseTime[] {
  const lastUs = events.reduce((latest, { atUs }) => Math.max(latest, atUs), 0);
  const edges = ofKind(events, 'phase');
  return edges
    .filter(({ edge }) => edge === 'begin')
    .map((begin) => {
      const end = edges.find(
        ({ edge, name, faultId, atUs }) =>
          edge === 'end' && name === begin.name && faultId === begin.faultId && atUs >= begin.atUs,
      );
      return {
        name: begin.name,
        beginMs: Math.round(begin.atUs / 1000),
        endMs: Math.round((end?.atUs ?? lastUs) / 1000),
      };
    })
    .sort((a, b) => a.beginMs - b.beginMs);
}

const shareOf: Readonly<Record<string, keyof TimeShares>> = {
  form: 'redisMs',
  settle: 'redisMs',
  observe: 'redisMs',
  recover: 'redisMs',
  'load-before': 'windowsMs',
  'load-after': 'windowsMs',
  window: 'windowsMs',
  provision: 'clusterMs',
  deploy: 'clusterMs',
  ready: 'clusterMs',
  // until the LoadBalancer and the observer behind it answer, and until the cluster is gone again
  connect: 'clusterMs',
  dispose: 'clusterMs',
};

/** Divides the wall time; phases that run side by side are counted once, for the one begun last. */
export function timeShares(phases: readonly PhaseTime[], wallMs: number): TimeShares {
  const shares = { redisMs: 0, windowsMs: 0, clusterMs: 0 };
  const cuts = [...new Set(phases.flatMap(({ beginMs, endMs }) => [beginMs, endMs]))].sort(
    (a, b) => a - b,
  );
  for (const [index, fromMs] of cuts.entries()) {
    const toMs = cuts[index + 1];
    if (toMs === undefined) break;
    const phase = phases.findLast(({ beginMs, endMs }) => beginMs <= fromMs && endMs >= toMs);
    const share = phase ? shareOf[phase.name] : undefined;
    if (share && share !== 'toolMs') shares[share] += toMs - fromMs;
  }
  const named = shares.redisMs + shares.windowsMs + shares.clusterMs;
  return { ...shares, toolMs: Math.max(0, wallMs - named) };
}
