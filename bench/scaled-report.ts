import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBody, RunEvent } from '../src/model/event.ts';
import type { Operation } from '../src/model/operation.ts';
import { digestEvidence } from '../src/run/evidence/evidence-files.ts';
import { scriptRun } from '../test/unit/checker/script.ts';
import { idOf, loadKeys, times } from '../test/unit/checker/script-plan.ts';

const endMs = 100_000;
const firstMs = 6000;
const promotedMs = 27_600;
const sliceLength = 1000;

/**
 * Writes the report folder of a healthy held master delete with any number of requests, one at a time:
 * four keys, rejections while nobody serves the victim's slots, one request in a hundred of unknown fate
 * (every other one of them applied), lines in the order of their ends.
 */
export function writeScaledReport(dir: string, count: number): void {
  mkdirSync(dir, { recursive: true });
  const ledgers = writeHistory(join(dir, 'history.ndjson'), count);
  const rate = (count * 1000) / (endMs - firstMs);
  const evidence = scriptRun({
    endMs,
    plan: (plan) => ({ ...plan, load: { ...plan.load, rate } }),
    history: (history) => {
      history.operations = [];
      for (const [key, ids] of ledgers) history.finals.set(key, ids.length);
      for (const key of ledgers.keys()) history.ledgers.set(key, []);
    },
  });
  const file = openSync(join(dir, 'events.ndjson'), 'w');
  const tell = (event: RunEvent) => writeSync(file, `${JSON.stringify(event)}\n`);
  for (const event of evidence.events) {
    if (event.kind !== 'ledger') tell(event);
    else if (event.last) for (const slice of slicesOf(event, ledgers)) tell(slice);
  }
  closeSync(file);
  const environment = { topology: 'cluster', provider: 'embedded', redis: 'scripted' };
  const report = {
    schemaVersion: 1,
    run: { id: 'r1', seed: 1, startedAt: '2026-01-01T00:00:00.000Z', wallMs: endMs },
    environment,
    plan: evidence.plan,
    verdict: 'pass',
    evidence: digestEvidence(dir, { plan: evidence.plan, environment }),
  };
  writeFileSync(join(dir, 'report.json'), JSON.stringify(report));
}

/** Returns every key's ledger as ids. */
function writeHistory(path: string, count: number): ReadonlyMap<string, readonly string[]> {
  const ledgers = new Map<string, string[]>(loadKeys.map(({ key }) => [key, []]));
  const file = openSync(path, 'w');
  const waiting: Operation[] = [];
  const flush = (keep: number) => {
    waiting.sort((a, b) => a.endUs - b.endUs);
    const lines = waiting.splice(0, waiting.length - keep);
    writeSync(file, lines.map((operation) => `${JSON.stringify(operation)}\n`).join(''));
  };
  for (let number = 0; number < count; number++) {
    waiting.push(operationAt(number, count, ledgers));
    if (waiting.length === 20_000) flush(5000);
  }
  flush(0);
  closeSync(file);
  return ledgers;
}

function operationAt(
  number: number,
  count: number,
  ledgers: ReadonlyMap<string, string[]>,
): Operation {
  const lane = number % loadKeys.length;
  const { key = 'hits', slot = 0 } = loadKeys[lane] ?? {};
  const startUs = Math.round(firstMs * 1000 + (number / count) * (endMs - firstMs) * 1000);
  const isVictim = slot <= 5460;
  const down = isVictim && startUs >= times.stopped * 1000 && startUs < promotedMs * 1000;
  const unknown = !down && number % 100 === 7;
  const applied = !down && (!unknown || number % 200 === 7);
  const ledger = ledgers.get(key) ?? [];
  const id = `bench:${number}`;
  if (applied) ledger.push(id);
  const owner = slot > 10_922 ? 2 : slot > 5460 ? 1 : startUs < times.stopped * 1000 ? 0 : 3;
  return {
    id,
    key,
    worker: number % 50,
    intendedUs: startUs,
    startUs,
    endUs: startUs + 2000 + ((number * 104_729) % 5000),
    outcome: down ? 'rejected' : unknown ? 'indeterminate' : 'ok',
    value: down || unknown ? null : ledger.length,
    error: down ? 'CLUSTERDOWN' : unknown ? 'timeout' : null,
    node: down || unknown ? null : `${idOf(owner)}@10.0.0.9:6379`,
  };
}

function* slicesOf(
  event: Extract<RunEvent, { kind: 'ledger' }>,
  ledgers: ReadonlyMap<string, readonly string[]>,
): Generator<RunEvent> {
  const ids = ledgers.get(event.key) ?? [];
  for (let offset = 0; offset <= ids.length; offset += sliceLength) {
    const entries = ids.slice(offset, offset + sliceLength);
    const slice: EventBody = { ...event, offset, entries, last: entries.length < sliceLength };
    yield { ...slice, atUs: event.atUs };
  }
}
