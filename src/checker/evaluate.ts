import type { FaultRecord } from '../model/fault.ts';
import { checkIds, type Finding } from '../model/finding.ts';
import type { FailoverStatistics, FailoverTrials, OperationTotals } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import { failoverStatistics } from './availability/failover-statistics.ts';
import { failoverTrials } from './availability/failover-trials.ts';
import { type FaultAccount, faultAccounts } from './availability/fault-account.ts';
import { compose, reasonsOf } from './compose.ts';
import { accountsOf, type KeyAccount } from './counter/accounting.ts';
import { dataKeptFinding, oneOwnerFinding } from './counter/canary.ts';
import { continuityFinding, duplicatesFinding } from './counter/continuity.ts';
import { linearizableFinding } from './counter/linearizability.ts';
import { lossWindow } from './counter/loss-window.ts';
import { type Losses, lossesOf } from './counter/losses.ts';
import { totalsOf } from './counter/totals.ts';
import { withClaims, withoutIdleExcuses } from './expectations.ts';
import { appTrouble, killedAfterGrace } from './explain/ends.ts';
import { symptomsOf, withWhy } from './explain/signatures.ts';
import { loadWithoutFault } from './guards/load.ts';
import { asFarAsLooked } from './guards/population.ts';
import { type Evidence, ofKind, type RunStory, tellStory } from './run-story.ts';
import { authFinding } from './structure/auth.ts';
import { formedFinding } from './structure/formed.ts';
import { standingFindings } from './structure/standing.ts';

/** Everything that a report says about a run, decided from its evidence alone. */
export interface Evaluation {
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** Why the verdict is what it is, what decides first. */
  readonly reasons: readonly string[];
  readonly faults: readonly FaultRecord[];
  readonly operations: OperationTotals;
  readonly statistics: FailoverStatistics | null;
  readonly trials: FailoverTrials;
}

/**
 * The oracle: plan, events and history in, findings out. Pure, so that a stored report can be checked
 * again. A check that the run never got to is absent; one whose evidence is missing after a fault was
 * injected is inconclusive.
 */
export function evaluate(evidence: Evidence): Evaluation {
  const story = tellStory(evidence);
  const accounts = accountsOf(story);
  const formed = formedFinding(story);
  const injected = story.faults.filter(({ injectedUs }) => injectedUs !== null);
  const dataKept = injected.length > 0 ? dataKeptFinding(story) : null;
  const perFault = faultAccounts(story, accounts, dataKept);
  const windows = perFault.flatMap(({ fault, victims }) =>
    victims.flatMap((victim) => lossWindow(story, fault, victim) ?? []),
  );
  const losses = lossesOf(story, accounts, windows);
  const whole = injected.length > 0 ? wholeRun(story, accounts, losses, dataKept) : [];
  const standing =
    story.faults.length === 0 && formed?.verdict === 'pass' ? standingFindings(story) : [];
  const auth = authFinding(story);
  const noLoad = loadWithoutFault(story);
  const unexplained = [
    ...(formed ? [formed] : []),
    ...(noLoad ? [noLoad] : []),
    ...perFault.flatMap((account) => account.findings),
    ...standing,
    ...whole,
    ...(auth && story.faults.length > 0 ? [auth] : []),
  ];
  // As docs/design/contract.md lists them; the sort is stable, so one check's faults stay in their order.
  const place = ({ id }: Finding) => checkIds.indexOf(id);
  const looked = unexplained.map((finding) => asFarAsLooked(story, finding));
  const findings = explained(story, looked, perFault).sort((a, b) => place(a) - place(b));
  const trials = failoverTrials(story, { accounts, losses }, findings);
  return {
    findings,
    ...decide(story, findings, injected.length),
    faults: perFault.flatMap(({ victims }) => victims.map(({ record }) => record)),
    operations: totalsOf(story, accounts),
    statistics: failoverStatistics([trials]),
    trials,
  };
}

function wholeRun(
  story: RunStory,
  accounts: readonly KeyAccount[],
  losses: Losses,
  dataKept: Finding | null,
): readonly Finding[] {
  return [
    oneOwnerFinding(story),
    continuityFinding(story, accounts, losses),
    duplicatesFinding(story, accounts),
    linearizableFinding(story, accounts, losses),
    ...(dataKept ? [dataKept] : []),
  ];
}

/** Adds the known signature of each red, and what the plan's claims say of it. */
function explained(
  story: RunStory,
  findings: readonly Finding[],
  perFault: readonly FaultAccount[],
): Finding[] {
  const victims = perFault.flatMap((account) => account.victims);
  const claimed = findings.map((finding) => {
    const account = perFault.find(({ fault }) => fault.id === finding.faultId) ?? perFault.at(-1);
    const symptoms = symptomsOf(account?.fault ?? null, account?.recovery ?? null, findings, {
      wiped: victims.some(({ record }) => record.mode === 'wiped'),
      promoted: victims.some(({ moments }) => moments.promotedUs !== null),
      killed: account ? killedAfterGrace(story, account.fault) : null,
      app: account ? appTrouble(story, account.fault) : null,
    });
    const name = account?.fault.name ?? story.plan.faults.name;
    return withClaims(withWhy(finding, symptoms), name, story.plan.faults.claims);
  });
  return withoutIdleExcuses(claimed);
}

function decide(
  story: RunStory,
  findings: readonly Finding[],
  injected: number,
): Pick<Evaluation, 'verdict' | 'reasons'> {
  const infrastructure = ofKind(story.events, 'infrastructure').map(({ message }) => message);
  const reasons = reasonsOf(findings);
  if (infrastructure.length > 0) {
    return { verdict: 'error', reasons: [...infrastructure, ...reasons, ...leftovers(story)] };
  }
  const [uncountable] = ofKind(story.events, 'uncountable');
  if (uncountable && compose(findings) !== 'fail') {
    const texts = [uncountable.message, ...reasons, ...leftovers(story)];
    return { verdict: 'inconclusive', reasons: texts };
  }
  const decided = decideBySetup(story, findings, injected);
  const left = leftovers(story);
  if (left.length === 0) return decided;
  return {
    verdict: decided.verdict === 'pass' ? 'error' : decided.verdict,
    reasons: [...decided.reasons, ...left],
  };
}

function leftovers(story: RunStory): readonly string[] {
  return ofKind(story.events, 'leftover').map(({ message }) => message);
}

function decideBySetup(
  story: RunStory,
  findings: readonly Finding[],
  injected: number,
): Pick<Evaluation, 'verdict' | 'reasons'> {
  const reasons = reasonsOf(findings);
  const verdict = compose(findings);
  const { name, failovers } = story.plan.faults;
  const wanted = name === 'none' ? 0 : (failovers ?? story.topology.failovers);
  if (verdict !== 'pass' || injected >= wanted) return { verdict, reasons };
  const short = `the run ended after ${injected} of ${wanted} faults`;
  return { verdict: 'inconclusive', reasons: [short, ...reasons] };
}
