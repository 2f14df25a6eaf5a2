import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedgers } from '../src/checker/counter/ledgers.ts';
import { checkCounter } from '../src/checker/counter/linearizable.ts';
import { historyOf } from '../src/checker/history.ts';
import { type CounterSample, type SampleShape, sampleHistory } from './counter-histories.ts';

/**
 * The same counter histories through porcupine (Go, bench/porcupine) and through our checker: the same
 * verdict wherever porcupine has one, and how long each took. `npm run bench:porcupine`.
 */
export interface Answer {
  readonly verdict: 'legal' | 'illegal' | 'unknown';
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Why porcupine cannot be had; null when it can. */
export function porcupineMissing(): string | null {
  const { error, status } = spawnSync('go', ['version'], { timeout: 10_000 });
  return error || status !== 0 ? 'Go is not installed' : null;
}

/** Builds the Go program into a folder of its own. */
export function buildPorcupine(dir: string): string {
  const program = join(dir, 'porcupine');
  execFileSync('go', ['build', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'porcupine'),
    timeout: 300_000,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return program;
}

/** Every sample's answer by porcupine, which gives up a sample after so many seconds. */
export async function askPorcupine(
  program: string,
  dir: string,
  samples: Iterable<CounterSample>,
  seconds: number,
): Promise<readonly Answer[]> {
  const input = join(dir, 'samples.ndjson');
  const output = join(dir, 'answers.ndjson');
  const stream = createWriteStream(input);
  for (const sample of samples) {
    if (!stream.write(`${JSON.stringify(forPorcupine(sample))}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  execFileSync(program, [String(seconds)], {
    stdio: [openSync(input, 'r'), openSync(output, 'w'), 'inherit'],
    timeout: 600_000,
  });
  const lines = readFileSync(output, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Answer);
}

/** What bench/porcupine reads. */
interface PorcupineCall {
  readonly client: number;
  readonly call: number;
  readonly return: number | null;
  readonly value: number | null;
  readonly place: number | null;
}

/**
 * Porcupine knows nothing of ledgers: what is in one must get the number of its place there too, and a
 * request of unknown fate that is not in it was never applied.
 */
function forPorcupine({ base, operations, ledger }: CounterSample): unknown {
  const placeOf = ledger && new Map(ledger.map((id, place) => [id, base + place + 1]));
  return {
    base,
    operations: operations.flatMap(
      ({ id, worker, startUs, endUs, outcome, value }): PorcupineCall[] => {
        const place = placeOf?.get(id) ?? null;
        const applied = outcome === 'ok' || (outcome === 'indeterminate' && !(placeOf && !place));
        const end = outcome === 'ok' ? endUs : null;
        return applied ? [{ client: worker, call: startUs, return: end, value, place }] : [];
      },
    ),
  };
}

/** Our answer, from the same objects in memory: columns, join with the ledger and decision. */
export function askOurs({ base, operations, ledger }: CounterSample): Answer {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const history = historyOf(operations);
  const ledgers = openLedgers(history);
  const entries = ledger ?? [];
  ledgers.add({ kind: 'ledger', key: 'hits', owner: '', offset: 0, entries, last: true });
  const members = Uint32Array.from({ length: history.size }, (_, index) => index);
  const acked = ledger ? [] : [...members].filter((index) => history.outcome[index] === 0);
  const { legal } = checkCounter({
    key: 'hits',
    base,
    history,
    members,
    ledger: ledgers.entriesOf('hits') ?? new Int32Array(0),
    idOf: ledgers.idOf,
    deadBranches: acked.length > 0 ? [{ lost: acked, kept: 0 }] : [],
  });
  const { user, system } = process.cpuUsage(cpu);
  return {
    verdict: legal ? 'legal' : 'illegal',
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - startMs,
  };
}

const small = { count: 0, clients: 4, unknownPerMille: 0, damagedPerMille: 0, ledger: false };
export const smallShapes: readonly (SampleShape & { readonly name: string })[] = [
  { ...small, name: 'numbers alone, all acknowledged' },
  { ...small, name: 'numbers alone, a third unknown', unknownPerMille: 333 },
  { ...small, name: 'with a ledger, a third unknown', unknownPerMille: 333, ledger: true },
];
const large = { clients: 50, damagedPerMille: 0, unknownPerMille: 0, ledger: true };
const largeShapes: readonly (SampleShape & { readonly name: string })[] = [
  { ...large, name: 'legal', count: 10_000 },
  { ...large, name: 'legal', count: 100_000 },
  { ...large, name: 'legal, 5 % unknown, in the ledger', count: 100_000, unknownPerMille: 50 },
  { ...large, name: 'illegal, one answer in 20,000 wrong', count: 100_000, damagedPerMille: 0.05 },
  { ...large, name: 'legal, no ledger', count: 100_000, ledger: false },
  {
    ...large,
    name: 'legal, no ledger, 1 % unknown',
    count: 10_000,
    unknownPerMille: 10,
    ledger: false,
  },
];

/** Small ones, half of them damaged: every sample of every shape. */
export function* smallSamples(shape: SampleShape, runs: number): Generator<CounterSample> {
  for (let seed = 1; seed <= runs; seed++) {
    yield sampleHistory(seed, {
      ...shape,
      count: 1 + (seed % 14),
      damagedPerMille: seed % 2 === 0 ? 0 : 80,
    });
  }
}

if (process.argv[1] === import.meta.filename) await main();

async function main(): Promise<void> {
  const missing = porcupineMissing();
  if (missing !== null) {
    process.stdout.write(`skipped: ${missing}, so there is no porcupine to compare with\n`);
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'rkc-porcupine-'));
  try {
    const program = buildPorcupine(dir);
    const text = `# The counter model: ours beside porcupine 1.3.1

The same histories through both, as JSON lines; made by \`npm run bench:porcupine\` with Node
${process.version} on ${cpus().length} CPUs that had other work to do. Ours decides from the ledger's order or from the numbers;
porcupine searches. A verdict that porcupine did not reach in 30 s is "unknown" and is not compared.

## Small random histories, half of them damaged

| histories | legal | illegal | unknown to porcupine | different verdicts |
|---|---|---|---|---|
${(await compareSmall(program, dir, 5000)).join('\n')}

## Large ones, 50 clients

| history | requests | porcupine | CPU, ms | ours | CPU, ms | times faster |
|---|---|---|---|---|---|---|
${(await compareLarge(program, dir)).join('\n')}

Ours: the median of five, everything from the objects in memory on (columns, join by op id, decision). A
million is not given to porcupine: each of its states holds a bit for every request, 125 GB in all.
`;
    process.stdout.write(text);
    writeFileSync(join(import.meta.dirname, '..', 'docs', 'results', 'porcupine.md'), text);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function compareSmall(program: string, dir: string, runs: number): Promise<string[]> {
  const rows: string[] = [];
  for (const { name, ...shape } of smallShapes) {
    const theirs = await askPorcupine(program, dir, smallSamples(shape, runs), 30);
    const ours = [...smallSamples(shape, runs)].map(askOurs);
    const count = (verdict: string) => theirs.filter((answer) => answer.verdict === verdict).length;
    const different = theirs.filter(
      ({ verdict }, index) => verdict !== 'unknown' && verdict !== ours[index]?.verdict,
    );
    rows.push(
      `| ${runs} ${name} | ${count('legal')} | ${count('illegal')} | ${count('unknown')} | ${different.length} |`,
    );
    if (different.length > 0) process.exitCode = 1;
  }
  return rows;
}

async function compareLarge(program: string, dir: string): Promise<string[]> {
  const rows: string[] = [];
  for (const { name, ...shape } of largeShapes) {
    const sample = sampleHistory(7, shape);
    const [theirs] = await askPorcupine(program, dir, [sample], 30);
    const mine = Array.from({ length: 5 }, () => askOurs(sample));
    const [, , ours] = mine.sort((a, b) => a.cpuMs - b.cpuMs);
    if (!theirs || !ours) throw new Error('one of the two gave no answer');
    const times = theirs.cpuMs / ours.cpuMs;
    rows.push(
      `| ${name} | ${shape.count.toLocaleString('en')} | ${theirs.verdict} | ${theirs.cpuMs.toFixed(0)} | ${ours.verdict} | ${ours.cpuMs.toFixed(0)} | ${times.toFixed(0)} |`,
    );
    if (theirs.verdict !== 'unknown' && theirs.verdict !== ours.verdict) process.exitCode = 1;
  }
  return rows;
}
