import type { Finding } from '../../model/finding.ts';
import { shortened } from '../evidence.ts';
import { type EventOf, ofKind, type RunStory, worldAt } from '../run-story.ts';
import { gravest, storageOf } from '../structure/storage.ts';
import { strangersOf } from './strangers.ts';

type Read = EventOf<'canary'>;

/** Answers of Redis itself: with one of them somebody was there, and refused. */
const redisErrors = /CLUSTERDOWN|MOVED|ASK|READONLY|LOADING|MASTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS/;

/**
 * `one-owner`: a new client seeded from each pod gets the same frozen canary, and after the drain the
 * same counter, from one and the same owner.
 */
export function oneOwnerFinding(story: RunStory): Finding {
  const reads = ofKind(story.events, 'canary').filter(({ stage }) => stage === 'after');
  const keys = [...new Set(reads.map(({ key }) => key))];
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'one-owner' as const,
    verdict,
    expected: 'every pod leads a new client to the same value at the same owner',
    observed,
    evidence: evidence.slice(0, 12),
  });
  if (keys.length === 0) return result('inconclusive', 'nobody read a key through every pod');
  const ofKey = (key: string) => reads.filter((read) => read.key === key);
  const moving = keys.filter((key) => isMoving(ofKey(key)));
  const split = keys
    .filter((key) => !moving.includes(key))
    .flatMap((key) => disagreements(key, ofKey(key)));
  const otherwise = keys.flatMap((key) => [
    ...fewer(ofKey(key)),
    ...countedElsewhere(story, key, ofKey(key)),
  ]);
  if (otherwise.length > 0) {
    const texts = [...split, ...otherwise];
    return { ...result('fail', texts[0] ?? '', texts), contradiction: 'sure' };
  }
  if (split.length > 0) {
    const graves = keys
      .filter((key) => !moving.includes(key))
      .map((key) => (contradict(ofKey(key)) ? 'sure' : null));
    return { ...result('fail', split[0] ?? '', split), ...gravest(graves) };
  }
  const refused = reads.filter(({ error }) => error !== null && redisErrors.test(error));
  if (refused.length > 0) {
    const lines = refused.map(readText);
    return result('fail', lines[0] ?? '', lines);
  }
  const astray = reads.filter((read) => leadsNowhere(read, ofKey(read.key)));
  if (astray.length > 0) {
    const lines = astray.map(readText);
    return result('fail', lines[0] ?? '', lines);
  }
  const broken = reads.filter(({ error }) => error !== null);
  if (broken.length > 0) {
    const lines = broken.map(readText);
    // that nobody was reached is not that somebody said something else
    const text =
      broken.length === reads.length
        ? `no read was answered: ${lines[0]}`
        : `${broken.length} of ${reads.length} reads were not answered: ${lines[0]}`;
    const finding = result('inconclusive', text, lines);
    return broken.length === reads.length ? { ...finding, unanswered: true } : finding;
  }
  // what others increment (strangers.ts) never stands still: there one owner is what can be asked for
  const restless = moving.filter((key) => (strangersOf(story, key)?.most ?? 0) === 0);
  if (restless.length > 0) {
    const text = `${restless.join(', ')} still grew while it was read`;
    return result(
      'inconclusive',
      text,
      restless.flatMap((key) => ofKey(key).map(readText)),
    );
  }
  const unasked = story.topology
    .seeds(worldAt(story.events, story.endUs))
    .filter(({ name }) => !reads.some(({ seed }) => seed === name))
    .map(({ name }) => `${name} was not asked`);
  if (unasked.length > 0) return result('inconclusive', unasked[0] ?? '', unasked);
  const lines = keys.map((key) => agreedText(ofKey(key)));
  return result('pass', `${keys.length} keys, each with one value at one owner`, shortened(lines));
}

/** One owner gave several values of a counter: it changed between the reads, nobody disagrees. */
function isMoving(reads: readonly Read[]): boolean {
  const owners = new Set(reads.map(({ owner }) => owner?.split('@')[0] ?? null));
  const values = new Set(reads.map(({ value }) => value));
  return (
    reads[0]?.purpose === 'counter' && owners.size === 1 && !owners.has(null) && values.size > 1
  );
}

/**
 * A seed that answered and sent its client to where nobody is, while others found the owner elsewhere.
 * One that did not answer itself, or whose owner nobody reached, is only out of reach.
 */
function leadsNowhere({ error, hops }: Read, reads: readonly Read[]): boolean {
  const last = hops !== undefined && hops.length > 1 ? hops.at(-1) : undefined;
  if (error === null || last === undefined) return false;
  const owners = reads.flatMap(({ owner }) => (owner === null ? [] : addressOf(owner)));
  return owners.length > 0 && !owners.includes(last);
}

function addressOf(owner: string): string {
  return owner.slice(owner.indexOf('@') + 1);
}

/** Reads of a counter that had less than its owner had said right before: counters only grow. */
function fewer(reads: readonly Read[]): readonly string[] {
  return reads
    .filter(({ purpose, error }) => purpose === 'counter' && error === null)
    .filter(({ value, expected }) => Number(value ?? 0) < Number(expected ?? 0))
    .map(readText);
}

/** Where a counter and its ledger were read, when that is another node than clients are led to. */
function countedElsewhere(story: RunStory, key: string, reads: readonly Read[]): readonly string[] {
  // an id that nobody would tell is empty
  const led = reads.filter(({ error, owner }) => error === null && nodeOf(owner) !== '');
  const counted = [
    ...ofKind(story.events, 'counter-read')
      .filter((read) => read.key === key && read.stage === 'after' && read.error === null)
      .slice(-1),
    ...ofKind(story.events, 'ledger')
      .filter((read) => read.key === key && read.last)
      .slice(-1),
  ];
  return counted.flatMap(({ kind, owner }) => {
    const other =
      nodeOf(owner) === '' ? [] : led.filter((read) => nodeOf(read.owner) !== nodeOf(owner));
    const what = kind === 'ledger' ? `the ledger of ${key}` : key;
    return other.slice(0, 1).map((read) => `${what} was read from ${owner}; ${readText(read)}`);
  });
}

function nodeOf(owner: string | null): string {
  return owner?.split('@')[0] ?? '';
}

/** Two values, or two owners that are known: nobody can be both. */
function contradict(reads: readonly Read[]): boolean {
  const answered = reads.filter(({ error }) => error === null);
  const owners = new Set(answered.flatMap(({ owner }) => owner?.split('@')[0] ?? []));
  return owners.size > 1 || new Set(answered.map(({ value }) => value)).size > 1;
}

function disagreements(key: string, reads: readonly Read[]): readonly string[] {
  const answered = reads.filter(({ error }) => error === null);
  const values = new Set(answered.map(({ value }) => value));
  const owners = new Set(answered.map(({ owner }) => owner?.split('@')[0] ?? null));
  if (values.size <= 1 && owners.size <= 1) return [];
  const what = values.size > 1 ? `${values.size} values` : `${owners.size} owners`;
  return [`${key} has ${what}, depending on the pod that is asked`, ...answered.map(readText)];
}

/** `data-kept`: what was written before the fault and never touched is still there, unchanged. */
export function dataKeptFinding(story: RunStory): Finding {
  const reads = ofKind(story.events, 'canary').filter(({ purpose }) => purpose === 'canary');
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'data-kept' as const,
    verdict,
    expected: 'every canary key reads after the faults as it was written before them',
    observed,
    evidence: evidence.slice(0, 12),
  });
  const planted = reads.filter(
    ({ stage, value, expected }) => stage === 'before' && value !== null && value === expected,
  );
  const keys = [...new Set(planted.map(({ key }) => key))];
  if (keys.length === 0) return result('inconclusive', 'no canary was written before the fault');
  const after = reads.filter(({ stage, key }) => stage === 'after' && keys.includes(key));
  const answered = after.filter(({ error }) => error === null);
  const lost = answered.filter(({ value, expected }) => value !== expected);
  if (lost.length > 0) {
    const storage = storageOf(story);
    const ownerOf = (key: string) =>
      planted.find((read) => read.key === key)?.owner?.split('@')[0] ?? null;
    const graves = lost.map(({ key, value }) =>
      value === null ? storage.ofNode(ownerOf(key)) : 'sure',
    );
    return { ...result('fail', readText(lost[0]), lost.map(readText)), ...gravest(graves) };
  }
  const unread = keys.filter((key) => !answered.some((read) => read.key === key));
  if (unread.length > 0) {
    const lines = after.filter(({ key }) => unread.includes(key)).map(readText);
    const asked = unread.every((key) => after.some((read) => read.key === key));
    const undecided = result('inconclusive', `nobody could read ${unread.join(', ')}`, lines);
    return asked ? { ...undecided, unanswered: true } : undecided;
  }
  const lines = keys.map((key) => agreedText(answered.filter((read) => read.key === key)));
  const kept = `${keys.length} canary keys, one for each shard, all kept`;
  return result('pass', kept, shortened(lines));
}

/** One line for what all pods say alike. */
function agreedText(reads: readonly Read[]): string {
  const [first] = reads;
  return `${first?.key} is ${first?.value ?? 'nothing'} at ${first?.owner ?? 'nobody known'}, through ${reads.map(({ seed }) => seed).join(' ')}`;
}

function readText(read: Read | undefined): string {
  if (!read) return '';
  const { key, seed, value, expected, owner, error } = read;
  if (error !== null) return `${key} through ${seed}: ${error}`;
  const wanted = value === expected ? '' : `, expected ${expected ?? 'nothing'}`;
  return `${key} through ${seed}: ${value ?? 'nothing'}${wanted}, from ${owner ?? 'nobody known'}`;
}
