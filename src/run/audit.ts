import type { CounterReadEvent } from '../model/event.ts';
import { ledgerKey } from '../redis/ledger-key.ts';
import { keySlot } from '../redis/slot.ts';
import { askAgain } from './ask-again.ts';
import type { RunKeys } from './keys.ts';
import { waitPatiently } from './patience.ts';
import { tryWithoutPassword } from './refusals.ts';
import type { ObservedStage } from './stage.ts';
import { ownerAddress, redisServers } from './world.ts';

/** Entries of a ledger read at a time: small enough never to hold a server up for long. */
const sliceLength = 1000;

/** Writes a frozen value to every shard; whoever reads something else later has lost data. */
export async function plantCanaries(stage: ObservedStage, keys: RunKeys): Promise<void> {
  for (const key of keys.canaries) {
    const owner = ownerAddress(stage.recorder.world, keySlot(key));
    if (owner) await askAgain(stage, owner.address, ['SET', key, canaryValue(stage, key)]);
  }
  await readCanaries(stage, keys, 'before');
  await tryWithoutPassword(stage, 'before');
}

function canaryValue(stage: ObservedStage, key: string): string {
  return `${stage.runId}/${key}`;
}

/** What the counters hold before the load's first request: read, not assumed to be 0. */
export async function readInitials(stage: ObservedStage, keys: RunKeys): Promise<void> {
  for (const key of keys.load) {
    const slot = keySlot(key);
    const value = await readCounter(stage, key, 'before');
    const owner = ownerAddress(stage.recorder.world, slot);
    const length = owner ? await askAgain(stage, owner.address, ['LLEN', ledgerKey(key)]) : null;
    stage.recorder.record({
      kind: 'initial',
      key,
      slot,
      value: value ?? 0,
      ledger: length?.ok ? Number(length.reply) : 0,
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
  for (const key of keys.load) {
    const value = await readCounter(stage, key, 'after');
    if (stage.setup.app.own) await readLedger(stage, key);
    await readFromEveryPod(stage, key, 'counter', 'after', value === null ? null : String(value));
  }
  await readCanaries(stage, keys, 'after');
  await tryWithoutPassword(stage, 'after');
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
  const owner = ownerAddress(stage.recorder.world, keySlot(key));
  const answer = owner ? await askAgain(stage, owner.address, ['GET', key]) : null;
  return answer?.ok ? String(answer.reply) : 'unknown';
}

async function readCounter(
  stage: ObservedStage,
  key: string,
  when: CounterReadEvent['stage'],
): Promise<number | null> {
  const owner = ownerAddress(stage.recorder.world, keySlot(key));
  const answer = owner ? await askAgain(stage, owner.address, ['GET', key]) : null;
  const text = answer?.ok ? answer.reply : null;
  const value = answer?.ok ? (text === null ? 0 : Number(text)) : null;
  stage.recorder.record({
    kind: 'counter-read',
    key,
    stage: when,
    value: value !== null && Number.isSafeInteger(value) ? value : null,
    owner: owner?.node ?? null,
    error: answer === null ? 'nobody owns the slot' : answer.ok ? null : answer.error.message,
  });
  return value;
}

async function readLedger(stage: ObservedStage, key: string): Promise<void> {
  const owner = ownerAddress(stage.recorder.world, keySlot(key));
  if (!owner) return;
  for (let offset = 0; ; offset += sliceLength) {
    const answer = await askAgain(stage, owner.address, [
      'LRANGE',
      ledgerKey(key),
      String(offset),
      String(offset + sliceLength - 1),
    ]);
    if (!answer.ok) {
      stage.recorder.record({
        kind: 'note',
        text: `ledger of ${key} at ${offset}: ${answer.error.message}`,
      });
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
): Promise<void> {
  await Promise.all(
    keys.canaries.map((key) =>
      readFromEveryPod(stage, key, 'canary', when, canaryValue(stage, key)),
    ),
  );
}

async function readFromEveryPod(
  stage: ObservedStage,
  key: string,
  purpose: 'canary' | 'counter',
  when: 'before' | 'after',
  expected: string | null,
): Promise<void> {
  await Promise.all(
    redisServers(stage).map(async ({ pod, address }) => {
      const answer = await stage.observer.read(address, key);
      stage.recorder.record({
        kind: 'canary',
        purpose,
        stage: when,
        seed: pod,
        key,
        expected,
        value: answer.value,
        owner: answer.owner,
        error: answer.error?.message ?? null,
      });
    }),
  );
}
