import { firstFrom } from '../../checker/counter/ascending.ts';
import { type History, type OpIndex, outcomeCodes } from '../../checker/history.ts';

/** A request in a chart: when it was meant to start (s since run start) and how long it took (ms). */
export type Point = readonly [seconds: number, ms: number];

export interface RequestPoints {
  readonly ok: readonly Point[];
  readonly rejected: readonly Point[];
  readonly unknown: readonly Point[];
  /** Requests in the span, and how many of them a dot stands for alone. */
  readonly total: number;
  readonly drawn: number;
}

/** Finer than this nobody tells two dots apart. */
const columns = 900;
const rowsPerDecade = 40;

/**
 * The requests of a span as dots, one for each cell of a fine raster and outcome: a dot that is left out
 * would lie on another one. What a table must tell one by one is not read from here.
 */
export function requestPoints(
  history: History,
  span: { readonly fromUs: number; readonly toUs: number },
  most: number,
): RequestPoints {
  const { startUs, outcome, latencyUs } = history;
  const from = firstFrom(startUs, span.fromUs);
  const to = firstFrom(startUs, span.toUs, true);
  const widthUs = Math.max(1, span.toUs - span.fromUs);
  const taken = new Set<number>();
  const points: [Point[], Point[], Point[]] = [[], [], []];
  let drawn = 0;
  // three outcomes share what is allowed; those that went wrong get their dots first
  for (const code of [outcomeCodes.rejected, outcomeCodes.indeterminate, outcomeCodes.ok]) {
    for (let index = from; index < to && drawn < most; index++) {
      if (outcome[index] !== code) continue;
      const ms = Math.max(0.1, (latencyUs[index] ?? 0) / 1000);
      const column = Math.floor((((startUs[index] ?? 0) - span.fromUs) / widthUs) * columns);
      const row = Math.round(Math.log10(ms) * rowsPerDecade) + 10 * rowsPerDecade;
      const cell = (column * 1000 + row) * 3 + code;
      if (taken.has(cell)) continue;
      taken.add(cell);
      drawn++;
      points[code].push([secondsOf(startUs[index] ?? 0), Number(ms.toPrecision(3))]);
    }
  }
  const [ok, rejected, unknown] = points;
  return { ok, rejected, unknown, total: to - from, drawn };
}

/** One request as a dot. */
export function pointOf(history: History, index: OpIndex): Point {
  const ms = Math.max(0.1, (history.latencyUs[index] ?? 0) / 1000);
  return [secondsOf(history.startUs[index] ?? 0), Number(ms.toPrecision(3))];
}

function secondsOf(us: number): number {
  return Math.round(us / 1000) / 1000;
}
