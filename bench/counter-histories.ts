import type { Operation } from '../src/model/operation.ts';
import { type Random, seededRandom } from '../src/platform/random.ts';

/** One key's history for both checkers. */
export interface CounterSample {
  readonly base: number;
  readonly operations: readonly Operation[];
  /** As the final owner applied them; null: nobody has one, the numbers must do. */
  readonly ledger: readonly string[] | null;
}

export interface SampleShape {
  readonly count: number;
  readonly clients: number;
  /** Of a thousand requests so many are of unknown fate, and half of those applied. */
  readonly unknownPerMille: number;
  /** Of a thousand samples' answers so many are damaged; 0: always legal. */
  readonly damagedPerMille: number;
  readonly ledger: boolean;
}

/**
 * A counter that really runs: each client sends one request after the other, each takes effect at a
 * random moment of its interval; then, where asked for, some answers are damaged.
 */
export function sampleHistory(seed: number, shape: SampleShape): CounterSample {
  const random = seededRandom(seed);
  const base = random.below(5);
  const requests = drawRequests(random, shape);
  const effects = requests
    .filter(({ effectUs }) => effectUs !== null)
    .sort((a, b) => (a.effectUs ?? 0) - (b.effectUs ?? 0));
  const numberOf = new Map(effects.map(({ id }, place) => [id, base + place + 1]));
  const operations = requests.map(({ effectUs: _, isUnknown, ...request }): Operation => {
    const damage = random.below(1000) < shape.damagedPerMille ? random.below(5) - 2 : 0;
    const value = isUnknown ? null : (numberOf.get(request.id) ?? 0) + damage;
    return {
      ...request,
      key: 'hits',
      intendedUs: request.startUs,
      outcome: isUnknown ? 'indeterminate' : 'ok',
      value,
      error: isUnknown ? 'timeout' : null,
      node: null,
    };
  });
  return { base, operations, ledger: shape.ledger ? effects.map(({ id }) => id) : null };
}

interface Request {
  readonly id: string;
  readonly worker: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly isUnknown: boolean;
  /** When it took effect; null: never. */
  readonly effectUs: number | null;
}

function drawRequests(random: Random, { count, clients, unknownPerMille }: SampleShape): Request[] {
  const freeUs = Array.from({ length: clients }, () => random.below(1000));
  return Array.from({ length: count }, (_, number) => {
    const worker = number % clients;
    const startUs = (freeUs[worker] ?? 0) + random.below(50);
    const endUs = startUs + 1 + random.below(1000);
    freeUs[worker] = endUs + 1;
    const isUnknown = random.below(1000) < unknownPerMille;
    // A thousandth between two microseconds keeps moments apart, in the order they were drawn.
    const momentUs = startUs + random.below(endUs - startUs) + (number % 1000) / 1000;
    const late = isUnknown ? random.below(3000) : 0;
    const effectUs = isUnknown && random.below(2) === 0 ? null : momentUs + late;
    return { id: `o${number}`, worker, startUs, endUs, isUnknown, effectUs };
  });
}
