import { checkIds, type Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { CheckVerdict, Verdict } from '../../model/verdict.ts';
import { type Figure, type FigureId, figuresOf } from './figures.ts';

/** One figure of the head beside those of the base. */
export interface FigureChange {
  readonly id: FigureId;
  readonly unit: Figure['unit'];
  /** Median of the base's runs; null when none has it. */
  readonly base: number | null;
  readonly head: number | null;
  /** What the head may reach without being a regression; null when there is nothing to hold it against. */
  readonly limit: number | null;
  readonly regressed: boolean;
}

/** A check whose verdict is another than in the base. */
export interface CheckChange {
  readonly id: Finding['id'];
  /** The best of the base's runs. */
  readonly base: CheckVerdict;
  readonly head: CheckVerdict;
  readonly observed: string;
  readonly regressed: boolean;
}

export interface Comparison {
  readonly runs: number;
  readonly base: Verdict;
  readonly head: Verdict;
  readonly thresholdPercent: number;
  readonly figures: readonly FigureChange[];
  readonly checks: readonly CheckChange[];
  readonly regressed: boolean;
  /** What differs between the set-ups compared, one line each: versions, provider, image. */
  readonly differences: readonly string[];
}

/**
 * Holds one run against one or several of a base. A figure has regressed when it is over the base's worst
 * run by more than the threshold and by more than healthy runs differ anyway; a check, when it was green
 * in the base and is red now. What the head could not decide is no regression: its own verdict says so.
 */
export function compareReports(
  base: readonly [Report, ...Report[]],
  head: Report,
  thresholdPercent: number,
): Comparison {
  const baseFigures = base.map(figuresOf);
  const figures = figuresOf(head).map((figure) =>
    figureChange(
      figure,
      baseFigures.map((list) => list.find(({ id }) => id === figure.id)?.value ?? null),
      thresholdPercent,
    ),
  );
  const checks = checkChanges(base, head);
  const regressed = [...figures, ...checks].some((change) => change.regressed);
  return {
    runs: base.length,
    base: worst(base.map(({ verdict }) => verdict)),
    head: head.verdict,
    thresholdPercent,
    figures,
    checks,
    regressed,
    differences: differencesOf(base[0], head),
  };
}

/** Why two reports cannot be held against each other; null when they can. */
export function incomparable(base: Report, head: Report): string | null {
  const said = (report: Report) => {
    const { faults, load } = report.plan;
    return {
      topology: report.environment.topology,
      fault: faults.name,
      hold: faults.hold,
      'fail-overs': String(faults.failovers),
      rate: String(load.rate),
    };
  };
  const [was, is] = [said(base), said(head)];
  const other = (Object.keys(was) as (keyof typeof was)[]).filter((name) => was[name] !== is[name]);
  return other.length === 0
    ? null
    : other.map((name) => `${name} is ${was[name]} there and ${is[name]} here`).join(', ');
}

function figureChange(
  { id, unit, value, spread }: Figure,
  bases: readonly (number | null)[],
  thresholdPercent: number,
): FigureChange {
  const known = bases.filter((base) => base !== null).sort((a, b) => a - b);
  const top = known.at(-1);
  const limit = top === undefined ? null : top + Math.max((top * thresholdPercent) / 100, spread);
  return {
    id,
    unit,
    base: known[Math.floor((known.length - 1) / 2)] ?? null,
    head: value,
    limit,
    regressed: value !== null && limit !== null && value > limit,
  };
}

function checkChanges(base: readonly Report[], head: Report): readonly CheckChange[] {
  return checkIds.flatMap((id): CheckChange[] => {
    const now = verdictOf(head, id);
    const before = base.flatMap((report) => verdictOf(report, id)?.verdict ?? []);
    if (!now || before.length === 0) return [];
    const best = before.includes('pass')
      ? 'pass'
      : before.includes('inconclusive')
        ? 'inconclusive'
        : 'fail';
    if (best === now.verdict) return [];
    const { verdict, observed } = now;
    // a check that was red in any run of the base is not green there, it is unsteady
    const steady = before.every((verdictThen) => verdictThen === 'pass');
    return [{ id, base: best, head: verdict, observed, regressed: steady && verdict === 'fail' }];
  });
}

/** The worst of one check's findings over all faults; a red that was not claimed counts as green. */
function verdictOf(
  { checks }: Report,
  id: Finding['id'],
): { readonly verdict: CheckVerdict; readonly observed: string } | null {
  const found = checks.filter((finding) => finding.id === id);
  const red = found.find(({ verdict, expectedRed }) => verdict === 'fail' && !expectedRed);
  const open = found.find(({ verdict, expectedRed }) => verdict === 'inconclusive' && !expectedRed);
  const shown = red ?? open ?? found[0];
  if (!shown) return null;
  return { verdict: red ? 'fail' : open ? 'inconclusive' : 'pass', observed: shown.observed };
}

function differencesOf(base: Report, head: Report): readonly string[] {
  const pairs = [
    ['provider', base.environment.provider, head.environment.provider],
    ['Redis', base.environment.redis, head.environment.redis],
    ['Kubernetes', base.environment.kubernetes, head.environment.kubernetes],
    ['tool', base.tool.version, head.tool.version],
    ['processors', base.environment.host.cpus, head.environment.host.cpus],
  ] as const;
  return pairs
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `${name}: ${was} there, ${is} here`);
}

const order: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'pass'];

/** Of several verdicts the one that decides (docs/design/contract.md: error > fail > inconclusive > pass). */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}
