import type { Contradiction, Finding } from '../../model/finding.ts';
import { shortened } from '../evidence.ts';
import { describe, type History, outcomeCodes } from '../history.ts';
import { ofKind, type RunStory } from '../run-story.ts';
import { gravest } from '../structure/storage.ts';
import type { KeyAccount } from './accounting.ts';
import { boundsProblems, usesLedger } from './bounds.ts';
import type { Losses } from './losses.ts';
import type { Stale } from './stale.ts';

/**
 * `counter-continuity`: no acknowledged increment is missing but for those that a fault's window
 * allows, and no acknowledged number is followed by a smaller one.
 */
export function continuityFinding(
  story: RunStory,
  accounts: readonly KeyAccount[],
  losses: Losses,
): Finding {
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'counter-continuity' as const,
    verdict,
    expected:
      losses.windows.length === 0
        ? 'no acknowledged increment is missing'
        : `none is missing but those acknowledged ${[...new Set(losses.windows.map(({ text }) => text))].join('; ')}`,
    observed,
    evidence: evidence.slice(0, 12),
  });
  if (story.history.size === 0) {
    return result('inconclusive', 'there was no load');
  }
  const { resets, drops, missing, mismatches, bounds, graves } = redsOf(story, accounts, losses);
  const red = [
    ...resets,
    ...drops.slice(0, 1),
    ...missing,
    ...drops.slice(1),
    ...mismatches,
    ...bounds,
  ];
  if (red.length > 0) {
    const count = losses.forbidden.length;
    const first = red[0]?.text ?? '';
    const texts = red.map(({ text }) => text);
    // Without a ledger nobody can tell whether what is missing was lost inside the window.
    if (!usesLedger(story) && losses.windows.length > 0)
      return result('inconclusive', first, texts);
    return {
      ...result(
        'fail',
        count > 0 ? `${count} acknowledged increments lost: ${first}` : first,
        texts,
      ),
      ...gravest([...graves, ...red.map(({ grave }) => grave)]),
    };
  }
  const unknown = unknowns(story, accounts, losses);
  if (unknown.length > 0) {
    return {
      ...result('inconclusive', unknown[0] ?? '', unknown),
      ...unanswered(story, unknown),
    };
  }
  const total = accounts.reduce((sum, { counts }) => sum + counts.ok, 0);
  const kept = `all of ${total} acknowledged increments are there`;
  const lines = shortened(accounts.map(sumLine));
  return losses.allowed.size === 0
    ? result(
        'pass',
        usesLedger(story) ? kept : `${kept}, by bounds: the app keeps no ledger`,
        lines,
      )
    : result('pass', `${losses.allowed.size} of ${total} lost, all inside the fault's window`, [
        ...lines,
        ...losses.windows.map(({ faultId, text }) => `${faultId}: allowed ${text}`),
      ]);
}

interface Red {
  readonly text: string;
  readonly grave: Contradiction | null;
}

/** All that contradicts a counter that kept every acknowledged increment, by kind. */
function redsOf(story: RunStory, accounts: readonly KeyAccount[], losses: Losses) {
  const { history } = story;
  const { storage } = losses;
  const forbidden = accounts.flatMap((account) =>
    account.lost
      .filter((index) => !losses.allowed.has(index))
      .map((index) => ({ index, grave: storage.ofWrite(account, index) })),
  );
  const graveOf = new Map(forbidden.map(({ index, grave }) => [index, grave]));
  // Whoever lost a write gives its number again: that is as grave as the loss. Any other drop is one.
  const explained = ({ earlier, operation }: Stale) =>
    [earlier, operation].some((index) => losses.allowed.has(index) || graveOf.has(index));
  const wentBack = accounts.some(
    ({ ledger, stale }) => ledger !== null && stale.deepest(1, explained).length > 0,
  );
  return {
    resets: accounts
      .filter(({ ledger }) => ledger?.reset)
      .map((account): Red => ({ text: resetLine(account), grave: storage.ofKey(account.key) })),
    drops: dropLines(history, accounts, losses),
    graves: [...new Set(graveOf.values()), wentBack ? ('sure' as const) : null],
    missing: forbidden.slice(0, 12).map(({ index, grave }): Red => {
      const copied = losses.copiedBy(index);
      const text = `${describe(history, index)} and is missing${copied ? `, though ${copied}` : ''}`;
      return { text, grave };
    }),
    mismatches: accounts
      .flatMap((account) => finalMismatch(history, account))
      .map((text): Red => ({ text, grave: 'sure' })),
    bounds: (usesLedger(story) ? [] : boundsProblems(story, accounts).continuity).map(
      ({ key, text }): Red => ({ text, grave: storage.ofKey(key) }),
    ),
  };
}

/** `no-duplicates`: nothing was applied twice. */
export function duplicatesFinding(story: RunStory, accounts: readonly KeyAccount[]): Finding {
  const twice = accounts.flatMap(({ key, duplicate }) =>
    duplicate
      .slice(0, 12)
      .map((index) => `${describe(story.history, index)} and is in the ledger of ${key} twice`),
  );
  const bounds = usesLedger(story) ? null : boundsProblems(story, accounts);
  const red = [...twice, ...(bounds?.duplicates ?? [])];
  const unread = [...unreadLedgers(story, accounts), ...(bounds?.unknown ?? [])];
  const [stranger] = bounds?.strangers ?? [];
  const none = story.history.size === 0;
  return {
    id: 'no-duplicates',
    verdict: red.length > 0 ? 'fail' : none || unread.length > 0 ? 'inconclusive' : 'pass',
    expected: 'every request is applied at most once',
    observed:
      red[0] ?? (none ? 'there was no load' : (unread[0] ?? 'nothing was applied more than once')),
    evidence: shortened(
      red.length > 0 ? red : unread.length > 0 ? unread : accounts.map(entriesLine),
    ),
    ...(red.length > 0 ? { contradiction: 'sure' } : unanswered(story, unread)),
    ...(stranger !== undefined && red.length === 0 ? { note: stranger } : {}),
  };
}

/** `hits: 0 before + 540 in the ledger = 540; acknowledged 538, unknown 2, rejected 20`. */
function sumLine({ key, ledger, initial, final, counts }: KeyAccount): string {
  const sum = ledger
    ? `${ledger.base} before + ${ledger.entries.length} in the ledger = ${final}`
    : `${initial} before, ${final} after`;
  return `${key}: ${sum}; acknowledged ${counts.ok}, unknown ${counts.indeterminate}, rejected ${counts.rejected}`;
}

function entriesLine({ key, ledger, distinct, members, initial, final }: KeyAccount): string {
  return ledger
    ? `${key}: ${ledger.entries.length} ledger entries, ${distinct} different op ids`
    : `${key}: grew from ${initial} to ${final} by ${members.length} requests`;
}

/** Keys whose ledger should be there and was not, or not completely, read. */
export function unreadLedgers(story: RunStory, accounts: readonly KeyAccount[]): readonly string[] {
  if (!usesLedger(story)) return [];
  return accounts.filter(({ ledger }) => ledger === null).map(({ key }) => ledgerUnread(key));
}

const ledgerUnread = (key: string) => `the ledger of ${key} could not be read completely`;
const finalUnread = (key: string) => `the final value of ${key} could not be read`;

/**
 * Whether all that is unknown is of keys whose owner, asked for the counter after the drain, gave no
 * answer: as a field of a finding. What was not asked, or the ledger alone that is missing, is not.
 */
export function unanswered(
  story: RunStory,
  unknown: readonly string[],
): Pick<Finding, 'unanswered'> {
  const silent = ofKind(story.events, 'counter-read').filter(
    ({ stage, error }) => stage === 'after' && error !== null,
  );
  const texts = new Set(silent.flatMap(({ key }) => [ledgerUnread(key), finalUnread(key)]));
  const all = unknown.length > 0 && unknown.every((text) => texts.has(text));
  return all ? { unanswered: true } : {};
}

/** A history in which an id stands twice cannot be joined with a ledger. */
export function repeatedIds({ history }: RunStory): readonly string[] {
  const { repeated } = history.ids;
  return repeated === 0 ? [] : [`${repeated} op ids stand in the history more than once`];
}

function unknowns(
  story: RunStory,
  accounts: readonly KeyAccount[],
  losses: Losses,
): readonly string[] {
  return [
    ...unreadLedgers(story, accounts),
    ...repeatedIds(story),
    ...accounts.filter(({ final }) => final === null).map(({ key }) => finalUnread(key)),
    ...accounts
      .filter(({ initial }) => initial === null)
      .map(({ key }) => `the value of ${key} before the load was not read`),
    ...(losses.clockTrouble === null ? [] : [losses.clockTrouble]),
    ...losses.unlooked,
  ];
}

/** Drops whose higher number is not one that was lost inside a window, the deepest first. */
function dropLines(
  history: History,
  accounts: readonly KeyAccount[],
  { allowed, storage }: Losses,
): readonly Red[] {
  const depth = ({ earlier, operation }: Stale) =>
    (history.value[earlier] ?? 0) - (history.value[operation] ?? 0);
  const excused = ({ earlier, operation }: Stale) => allowed.has(earlier) || allowed.has(operation);
  return accounts
    .flatMap((account) => account.stale.deepest(12, excused).map((drop) => ({ account, drop })))
    .sort((a, b) => depth(b.drop) - depth(a.drop))
    .map(({ account, drop }) => {
      const now = describe(history, drop.operation);
      const text = `${account.key} went back: ${now}, after ${describe(history, drop.earlier)}`;
      // With a ledger it is told apart from what a loss explains; without one a new beginning may be.
      return { text, grave: account.ledger === null ? storage.ofKey(account.key) : null };
    });
}

function resetLine({ key, initial, ledger }: KeyAccount): string {
  return `${key} was started anew: its ledger holds ${ledger?.entries.length ?? 0} entries in all, and the counter was ${initial} before the load`;
}

/** INCR and RPUSH are one transaction: the counter and its ledger cannot differ. */
function finalMismatch(history: History, { key, ledger, final }: KeyAccount): readonly string[] {
  if (ledger === null || final === null) return [];
  const implied = ledger.base + ledger.entries.length;
  if (implied === final) return [];
  // The counter is read first: a request that its client gave up may come in before the ledger is.
  const late = ledger.entries.subarray(Math.max(0, final - ledger.base));
  const unknown = (entry: number) =>
    entry >= 0 && history.outcome[entry] === outcomeCodes.indeterminate;
  if (implied > final && late.every(unknown)) return [];
  return [`${key} is ${final}, its ledger makes it ${implied}`];
}
