import { formatMs } from '../../model/duration.ts';
import type { CheckId, Finding } from '../../model/finding.ts';
import type { Violation } from '../../topology/state.ts';
import { momentText } from '../evidence.ts';
import { noProof } from '../guards/proof.ts';
import { lostMs, type Starving, starvedText } from '../guards/starved.ts';
import type { RunStory } from '../run-story.ts';
import { ofCheck, runsOf, type Stretch } from './stretches.ts';

export type Judgement = Pick<
  Finding,
  'verdict' | 'observed' | 'evidence' | 'note' | 'contradiction' | 'unanswered'
>;

/** After a lasting green: red for so long in all may be two views of different moments, µs. */
const transientUs = 1_000_000;
/** After a lasting green: out of sight for so long in all is no more than a look that timed out, µs. */
const outOfSightUs = 2_000_000;

/** When a check must have turned green and for how long; times are µs since run start. */
export interface Patience {
  readonly baseUs: number;
  readonly deadlineUs: number;
  readonly neededUs: number;
  /** A check that was green for long enough and then red for so long, all in all, has failed. */
  readonly relapseUs: number;
  /** Time that is no part of a relapse; of the deadline it is left out already. */
  readonly standstills: Starving['standstills'];
  /**
   * The deadline without any allowance for standstills: what a pod says of itself is not slow but wrong,
   * and is red when it still stands then and to the end.
   */
  readonly contentUs: number;
}

/** What no waiting mends: a pod's own address or node id. */
const content: ReadonlySet<Violation['code']> = new Set(['SELF', 'ID']);

/**
 * Judges one structural check over the time after a fault. Green means not violated while every pod
 * was there and was asked; what nobody could ask is unknown, neither green nor red.
 */
export function judgeStructure(
  id: CheckId,
  parts: readonly Stretch[],
  patience: Patience,
): Judgement {
  const judgement = judge(id, parts, patience);
  return judgement.verdict === 'fail' && contradictsAtTheEnd(id, parts, patience)
    ? { ...judgement, contradiction: 'sure' }
    : judgement;
}

/** Two owners to the end, and for longer than two views of different moments or a failover explain. */
function contradictsAtTheEnd(
  id: CheckId,
  parts: readonly Stretch[],
  { relapseUs }: Patience,
): boolean {
  const last = parts.findLastIndex((part) => !ofCheck(part, id).some((v) => v.contradiction));
  const tail = parts.slice(last + 1);
  return (tail.at(-1)?.toUs ?? 0) - (tail[0]?.fromUs ?? 0) >= relapseUs;
}

function judge(id: CheckId, parts: readonly Stretch[], patience: Patience): Judgement {
  const { baseUs, deadlineUs, neededUs } = patience;
  const last = parts.at(-1);
  if (!last) return undecided('nothing was observed after the fault');
  const endUs = last.toUs;
  const after = (us: number) => formatMs((us - baseUs) / 1000);
  const runs = runsOf(parts, (part) => isGreen(part, id));
  const greens = runs.filter(({ value }) => value);
  const lasts = (run: { fromUs: number; toUs: number }) => run.toUs - run.fromUs >= neededUs;
  const lasting = greens.find((run) => run.fromUs <= deadlineUs && lasts(run));

  if (lasting) return judgeRest(id, parts, lasting.toUs, patience, after(lasting.fromUs));
  const latest = greens.at(-1);
  if (latest && latest.toUs >= endUs && latest.fromUs <= deadlineUs) {
    const watched = formatMs((latest.toUs - latest.fromUs) / 1000);
    return undecided(`green, but watched for only ${watched} of it before the run ended`);
  }
  if (endUs < deadlineUs) {
    const standing = parts.filter(({ toUs }) => toUs > patience.contentUs - neededUs);
    const wrong = (part: Stretch) => definite(part, id).some(({ code }) => content.has(code));
    if (endUs >= patience.contentUs && standing.every(wrong)) {
      return decideRed(id, standing, `not green ${after(endUs)} after it`);
    }
    const text = `the run looked for only ${after(endUs)}, and it was not green then`;
    return undecided(`${text}${stillText(patience, baseUs, endUs)}`, last.violations);
  }
  const late = greens.find(lasts);
  const text = late
    ? `green only ${after(late.fromUs)} after it`
    : `not green ${after(endUs)} after it`;
  // What stands at the deadline counts; what came and went long before is recovery, not its failure.
  const around = parts.filter(
    (part) => part.toUs > deadlineUs - neededUs && part.fromUs <= deadlineUs,
  );
  return decideRed(id, around, text);
}

/** A green is one only where it is proven that somebody looked all the time. */
export function withProof({ proof }: Pick<RunStory, 'proof'>, judgement: Judgement): Judgement {
  return proof === null && judgement.verdict === 'pass' ? undecided(noProof) : judgement;
}

/**
 * What came after a green that had lasted: it must stay so until the evidence ends. A relapse as long as
 * the node timeout is red even if it healed again; a shorter one leaves it undecided. Only what may be
 * an artefact of looking passes, with a note: up to 1 s in all (the views of two pods are taken at
 * different moments), or up to 2 s out of sight (what the guard of `load-sufficient` allows), and only
 * when the green after it lasted again.
 */
function judgeRest(
  id: CheckId,
  parts: readonly Stretch[],
  fromUs: number,
  patience: Patience,
  greenAfter: string,
): Judgement {
  const { neededUs, relapseUs } = patience;
  const rest = parts.filter((part) => part.toUs > fromUs);
  const lasting = unreadyToTheEnd(id, rest, patience, greenAfter);
  if (lasting) return lasting;
  const away = rest.filter((part) => !staysGreen(part, id));
  if (away.length === 0)
    return { verdict: 'pass', observed: `green ${greenAfter} after it`, evidence: [] };
  const lengthUs = (some: readonly Stretch[]) =>
    some.reduce((sum, part) => sum + part.toUs - part.fromUs, 0);
  const red = away.filter((part) => definite(part, id).some(({ code }) => code !== 'NRDY'));
  const unexplainedUs = (some: readonly Stretch[]) =>
    some.reduce((sum, part) => sum + unexplained(part, id, patience), 0);
  const endUs = rest.at(-1)?.toUs ?? fromUs;
  const backUs = away.at(-1)?.toUs ?? fromUs;
  const again =
    backUs < endUs
      ? `green again for the last ${formatMs((endUs - backUs) / 1000)}`
      : 'not green at the end';
  const text = `green ${greenAfter} after it, then not for ${formatMs(lengthUs(away) / 1000)} from ${momentText(away[0]?.fromUs ?? 0)} on, ${again}`;
  if (unexplainedUs(red) >= relapseUs) return decideRed(id, red, text);
  const tail = rest.slice(rest.findLastIndex((part) => staysGreen(part, id)) + 1);
  if (unexplainedUs(tail) >= relapseUs) return decideRed(id, tail, text);
  const brief = lengthUs(red) <= transientUs && lengthUs(away) <= outOfSightUs;
  if (!brief || endUs - backUs < neededUs) {
    return undecided(
      `${text}${stillText(patience, away[0]?.fromUs ?? 0, backUs)}`,
      away.flatMap(({ violations }) => violations),
    );
  }
  return { verdict: 'pass', observed: text, evidence: [], note: text };
}

/**
 * A probe that did not end in time is no relapse, but a pod that Kubernetes no longer calls ready, for a node
 * timeout and to the end, has not recovered. Null when every pod came to be ready again.
 */
function unreadyToTheEnd(
  id: CheckId,
  rest: readonly Stretch[],
  patience: Patience,
  greenAfter: string,
): Judgement | null {
  if (id !== 'topology-converged') return null;
  const unready = ({ violations }: Stretch) => violations.filter(({ code }) => code === 'NRDY');
  const tail = rest.slice(rest.findLastIndex((part) => unready(part).length === 0) + 1);
  const lengthUs = tail.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
  if (tail.length === 0 || lengthUs < patience.relapseUs) return null;
  const text = `green ${greenAfter} after it, then not ready for the last ${formatMs(lengthUs / 1000)}`;
  const stillUs = tail.reduce(
    (sum, { fromUs, toUs }) => sum + lostMs(patience, fromUs, toUs) * 1000,
    0,
  );
  const violations = tail.flatMap(unready);
  return lengthUs - stillUs >= patience.relapseUs
    ? failed(text, violations)
    : undecided(`${text}; ${starvedText(stillUs / 1000)}`, violations);
}

/** Red when the check was violated in these parts; unknown when all that is known is blindness. */
function decideRed(id: CheckId, parts: readonly Stretch[], text: string): Judgement {
  const red = parts.findLast((part) => definite(part, id).length > 0);
  if (red) return failed(text, definite(red, id));
  const hidden = parts.flatMap((part) => part.violations.filter(isHiding));
  if (id !== 'topology-converged') {
    return undecided(`${text}: not every pod could be asked`, hidden);
  }
  if (parts.some(({ blind }) => blind)) {
    return undecided(`${text}: the observer could reach no pod at all`, hidden);
  }
  const [first] = parts;
  const throughout = (first?.violations ?? []).filter(
    ({ code, pod }) =>
      code === 'UNSEEN' &&
      parts.every((part) => part.violations.some((v) => v.code === 'UNSEEN' && v.pod === pod)),
  );
  return throughout.length > 0
    ? failed(text, throughout)
    : undecided(`${text}: the observer lost sight of pods from time to time`, hidden);
}

/** What is wrong for sure: not being able to look is not. */
function definite(part: Stretch, id: CheckId): readonly Violation[] {
  return ofCheck(part, id).filter(({ code }) => code !== 'UNSEEN' && code !== 'UNKNOWN');
}

/** How much of a stretch no standstill of the machine explains, µs; of wrong content it explains nothing. */
function unexplained(part: Stretch, id: CheckId, patience: Patience): number {
  const { fromUs, toUs } = part;
  if (definite(part, id).some(({ code }) => content.has(code))) return toUs - fromUs;
  return toUs - fromUs - lostMs(patience, fromUs, toUs) * 1000;
}

function stillText(patience: Patience, fromUs: number, toUs: number): string {
  const ms = lostMs(patience, fromUs, toUs);
  return ms >= 100 ? `; ${starvedText(ms)}` : '';
}

function isGreen(part: Stretch, id: CheckId): boolean {
  return part.violations.every((violation) => violation.check !== id && !isHiding(violation));
}

/**
 * Once a green has lasted, a pod that answers and agrees with all others is no relapse because a probe
 * of the kubelet did not end in time: on a busy host that is what happens first.
 */
function staysGreen(part: Stretch, id: CheckId): boolean {
  return part.violations.every(
    (violation) => violation.code === 'NRDY' || (violation.check !== id && !isHiding(violation)),
  );
}

function isHiding({ code }: Violation): boolean {
  return code === 'RDY' || code === 'UNSEEN' || code === 'UNKNOWN';
}

function undecided(observed: string, violations: readonly Violation[] = []): Judgement {
  const judgement = { verdict: 'inconclusive', observed, evidence: texts(violations) } as const;
  return violations.length > 0 ? { ...judgement, unanswered: true } : judgement;
}

function failed(text: string, violations: readonly Violation[]): Judgement {
  const evidence = texts(violations);
  return { verdict: 'fail', observed: `${text}: ${evidence[0] ?? ''}`, evidence };
}

function texts(violations: readonly Violation[]): readonly string[] {
  return [...new Set(violations.map(({ text }) => text))].slice(0, 12);
}
