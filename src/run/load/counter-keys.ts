import type { ObservedStage } from '../stage.ts';

/** More keys than this a server are not looked through: somebody has to name the one that counts. */
const mostKeys = 5000;
const scanCount = 500;
/** What we write ourselves, in any run. */
const ours = /^rkc:/;
/** Long enough for what hits a page every few seconds to be seen; then as long again, to count it. */
const restMs = 5000;
const counter = /^\d{1,15}$/;

/** Keys whose string is a whole number, with it. */
export type Counters = ReadonlyMap<string, number>;

/** The number under one key, from its owner; null when it has none. */
export async function readNumber(stage: ObservedStage, key: string): Promise<number | null> {
  const owner = stage.topology.ownerOf(stage.recorder.world, key);
  const answer = owner ? await stage.observer.ask(owner.address, ['GET', key]) : null;
  return answer?.ok ? numberOf(answer.reply) : null;
}

/**
 * Every counter of the set-up, by SCAN of each master (it never holds a server up for long, and
 * writes nothing). @returns null where there are too many keys to look through.
 */
export async function readCounters(stage: ObservedStage): Promise<Counters | null> {
  const counters = new Map<string, number>();
  for (const { view } of stage.topology.owners(stage.recorder.world)) {
    const keys = await scanKeys(stage, view.address);
    if (keys === null) return null;
    for (let at = 0; at < keys.length; at += scanCount) {
      const some = keys.slice(at, at + scanCount);
      const replies = await stage.observer.askAll(
        view.address,
        some.map((key) => ['GET', key]),
      );
      for (const [index, answer] of replies.entries()) {
        const value = answer.ok ? numberOf(answer.reply) : null;
        const key = some[index];
        if (value !== null && key !== undefined) counters.set(key, value);
      }
    }
  }
  return counters;
}

async function scanKeys(stage: ObservedStage, address: string): Promise<string[] | null> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const argv = ['SCAN', cursor, 'COUNT', String(scanCount)];
    const answer = await stage.observer.ask(address, argv);
    if (!answer.ok) return null;
    const [next, found] = answer.reply as readonly [string, readonly string[]];
    for (const key of found) if (!ours.test(key)) keys.add(key);
    if (keys.size > mostKeys) return null;
    cursor = next;
  } while (cursor !== '0');
  return [...keys];
}

/** How far a counter grows while nobody of ours touches it: what others do. */
export async function growthAtRest(
  stage: ObservedStage,
  key: string,
): Promise<{ readonly grown: number; readonly overMs: number }> {
  const { clock, signal } = stage;
  const startUs = clock.nowUs();
  const before = (await readNumber(stage, key)) ?? 0;
  for (let look = 1; ; look++) {
    await clock.sleep(restMs, signal);
    const grown = ((await readNumber(stage, key)) ?? before) - before;
    const overMs = Math.round((clock.nowUs() - startUs) / 1000);
    if (grown === 0 || look === 2) return { grown: Math.max(0, grown), overMs };
  }
}

function numberOf(reply: unknown): number | null {
  const text = String(reply ?? '');
  return counter.test(text) ? Number(text) : null;
}

/**
 * Which key a page counts under: one that grew while it was hit. Of several the one that now holds the
 * number on the page, else `hits`; null when that does not settle it.
 */
export function keyOfPage(
  before: Counters,
  after: Counters,
  page: { readonly value: number; readonly hits: number },
): string | null {
  const grown = [...after].filter(([key, value]) => value > (before.get(key) ?? 0));
  const same = grown.filter(([, value]) => value === page.value);
  if (same.length === 1) return same[0]?.[0] ?? null;
  // a page may be late (a cache, a replica), and somebody else may have hit it meanwhile
  const near = grown.filter(([, value]) => isNear(value, page));
  const hits = near.find(([key]) => key === 'hits');
  return near.length === 1 ? (near[0]?.[0] ?? null) : (hits?.[0] ?? null);
}

/** Whether a counter may be what the page shows, which can be late by some hits. */
export function isNear(
  value: number,
  page: { readonly value: number; readonly hits: number },
): boolean {
  return Math.abs(value - page.value) <= 2 * page.hits + 5;
}
