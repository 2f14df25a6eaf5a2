import { describeError } from '../../model/errors.ts';
import type { CounterReadEvent } from '../../model/event.ts';
import type { AskReply } from '../../pod/observer-protocol.ts';
import { ledgerKey } from '../../redis/ledger-key.ts';
import { keySlot } from '../../redis/slot.ts';
import type { Owner } from '../../topology/topology.ts';
import type { RunKeys } from '../load/keys.ts';
import type { ObservedStage } from '../stage.ts';
import { waitPatiently } from '../watch/patience.ts';
import { untilAnswered } from '../watch/until-answered.ts';

/** Entries of a ledger read at a time: small enough never to hold a server up for long. */
const sliceLength = 1000;
/** For all reads before the load, or after it, together: what is not answered by then could not be read, ms. */
const auditMs = 30_000;

/** Writes a frozen value to every shard; whoever reads something else later has lost data. */
export async function plantCanaries(stage: ObservedStage, keys: RunKeys): Promise<void> {
  const untilUs = stage.clock.nowUs() + auditMs * 1000;
  for (const key of keys.canaries) {
    // the same value every time: to write it again does no harm
    await askOwner(stage, key, ['SET', key, canaryValue(stage, key)], untilUs);
  }
  await readCanaries(stage, keys, 'before', untilUs);
}

function canaryValue(stage: ObservedStage, key: string): string {
  return `${stage.runId}/${key}`;
}

/** What the counters hold before the load's first request: read, not assumed to be 0. */
export async function readInitials(stage: ObservedStage, keys: RunKeys): Promise<void> {
  const untilUs = stage.clock.nowUs() + auditMs * 1000;
  for (const key of keys.load) {
    const value = await readCounter(stage, key, 'before', untilUs);
    const { answer: length } = await askOwner(stage, key, ['LLEN', ledgerKey(key)], untilUs);
    // what could not be read is not 0: without it the checker decides nothing of this key
    if (value === null || !length?.ok) continue;
    stage.recorder.record({
      kind: 'initial',
      key,
      slot: keySlot(key),
      value,
      ledger: Number(length.reply),
    });
  }
}

/** Counters that are the same at looks so far apart are at rest: an app's own time-out is rarely longer, ms. */
const restEveryMs = 300;
const restLooks = 3;
/** Somebody who hits the page all the time is no reason to wait for ever: the checker sees him, ms. */
const restTimeoutMs = 10_000;

/**
 * After the drain: counters, ledgers, canaries and one counter, each from where it now lives, once no
 * request of ours is on its way any more. The generator gave some of them up; the app did not.
 */
export async function audit(stage: ObservedStage, keys: RunKeys): Promise<void> {
  await atRest(stage, keys);
  const untilUs = stage.clock.nowUs() + auditMs * 1000;
  for (const key of keys.load) {
    const value = await readCounter(stage, key, 'after', untilUs);
    if (stage.setup.app.own) await readLedger(stage, key, untilUs);
    const expected = value === null ? null : String(value);
    await readFromEveryPod(stage, { key, purpose: 'counter', when: 'after', expected }, untilUs);
  }
  await readCanaries(stage, keys, 'after', untilUs);
}

/** Waits until no counter of the load grows; one that still does by then is read as it is. */
async function atRest(stage: ObservedStage, keys: RunKeys): Promise<void> {
  let last = '';
  let same = 0;
  const wait = {
    what: 'the counters to be at rest',
    timeoutMs: restTimeoutMs,
    everyMs: restEveryMs,
  };
  await waitPatiently(stage, wait, async () => {
    const values = await Promise.all(keys.load.map((key) => counterText(stage, key)));
    same = values.join() === last ? same + 1 : 1;
    last = values.join();
    return same >= restLooks ? { done: true, value: undefined } : { done: false, seen: last };
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
  });
}

async function counterText(stage: ObservedStage, key: string): Promise<string> {
  const { answer } = await askOwner(stage, key, ['GET', key], stage.clock.nowUs());
  return answer?.ok ? String(answer.reply) : 'unknown';
}

async function readCounter(
  stage: ObservedStage,
  key: string,
  when: CounterReadEvent['stage'],
  untilUs: number,
): Promise<number | null> {
  const { owner, answer } = await askOwner(stage, key, ['GET', key], untilUs);
  const text = answer?.ok ? answer.reply : null;
  const value = answer?.ok ? (text === null ? 0 : Number(text)) : null;
  stage.recorder.record({
    kind: 'counter-read',
    key,
    stage: when,
    value: value !== null && Number.isSafeInteger(value) ? value : null,
    owner: owner?.node ?? null,
    error: answer === null ? 'nobody owns the key' : answer.ok ? null : answer.error.message,
  });
  return value;
}

async function readLedger(stage: ObservedStage, key: string, untilUs: number): Promise<void> {
  for (let offset = 0; ; offset += sliceLength) {
    const slice = [String(offset), String(offset + sliceLength - 1)];
    const argv = ['LRANGE', ledgerKey(key), ...slice];
    const { owner, answer } = await askOwner(stage, key, argv, untilUs);
    if (!owner || !answer?.ok) {
      const why = answer?.ok === false ? answer.error.message : 'nobody owns the key';
      stage.recorder.record({ kind: 'note', text: `ledger of ${key} at ${offset}: ${why}` });
      return;
    }
    const entries = (answer.reply as readonly unknown[]).map(String);
    const last = entries.length < sliceLength;
    stage.recorder.record({ kind: 'ledger', key, owner: owner.node, offset, entries, last });
    if (last) return;
  }
}

async function readCanaries(
  stage: ObservedStage,
  keys: RunKeys,
  when: 'before' | 'after',
  untilUs: number,
): Promise<void> {
  await Promise.all(
    keys.canaries.map((key) => {
      const expected = canaryValue(stage, key);
      return readFromEveryPod(stage, { key, purpose: 'canary', when, expected }, untilUs);
    }),
  );
}

interface FrozenRead {
  readonly key: string;
  readonly purpose: 'canary' | 'counter';
  readonly when: 'before' | 'after';
  readonly expected: string | null;
}

async function readFromEveryPod(
  stage: ObservedStage,
  { key, purpose, when, expected }: FrozenRead,
  untilUs: number,
): Promise<void> {
  const { clock, signal, observer, recorder } = stage;
  await Promise.all(
    stage.topology.seeds(recorder.world, key).map(async ({ name, address, sentinel }) => {
      if (address === null) return; // the checker misses it
      const answer = await untilAnswered({ clock, signal, untilUs }, () =>
        observer.read(address, key, sentinel).catch((error: unknown) => unread(signal, error)),
      );
      recorder.record({
        kind: 'canary',
        purpose,
        stage: when,
        seed: name,
        key,
        expected,
        value: answer.value,
        owner: answer.owner,
        error: answer.error?.message ?? null,
        hops: answer.hops,
      });
    }),
  );
}

/** One command at whoever owns the key, the owner looked up anew at each attempt. */
async function askOwner(
  stage: ObservedStage,
  key: string,
  argv: readonly string[],
  untilUs: number,
): Promise<{
  readonly owner: Owner | null;
  readonly answer: AskReply | null;
}> {
  const { clock, signal, observer, recorder } = stage;
  let owner: Owner | null = null;
  const { answer } = await untilAnswered({ clock, signal, untilUs }, async () => {
    owner = stage.topology.ownerOf(recorder.world, key);
    if (owner === null) return { answer: null, error: nobody };
    const reply = await observer.ask(owner.address, argv).catch((error: unknown): AskReply => {
      const { error: why } = unread(signal, error);
      return { ok: false, error: { ...why, outcome: 'indeterminate' } };
    });
    return { answer: reply, error: reply.ok ? null : reply.error };
  });
  return { owner, answer };
}

/** The observer itself may be away for a moment: then nobody has asked. */
function unread(signal: AbortSignal, error: unknown) {
  signal.throwIfAborted();
  const why = { class: 'observer', message: describeError(error) };
  return { value: null, owner: null, hops: [], error: why };
}

const nobody = { class: 'no-owner', message: 'nobody owns the key' };
