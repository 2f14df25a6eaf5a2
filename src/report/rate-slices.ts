import { type History, outcomeCodes } from '../checker/history.ts';

/** How many ended in each slice of a span, by outcome. */
export interface RateSlices {
  /** The middle of each slice, s since run start. */
  readonly seconds: readonly number[];
  /** A second. */
  readonly ok: readonly number[];
  readonly rejected: readonly number[];
  readonly unknown: readonly number[];
}

export function rateSlices(
  history: History,
  span: { readonly fromUs: number; readonly toUs: number },
  slices: number,
): RateSlices {
  const { size, outcome, endUs } = history;
  const widthUs = Math.max(1, span.toUs - span.fromUs) / slices;
  const counts = [0, 1, 2].map(() => new Float64Array(slices));
  for (let index = 0; index < size; index++) {
    const slice = Math.floor(((endUs[index] ?? 0) - span.fromUs) / widthUs);
    if (slice < 0 || slice >= slices) continue;
    const column = counts[outcome[index] ?? 0];
    if (column) column[slice] = (column[slice] ?? 0) + 1;
  }
  const perSecond = (code: number) =>
    [...(counts[code] ?? [])].map((count) => Math.round((count * 1e7) / widthUs) / 10);
  return {
    seconds: Array.from({ length: slices }, (_, slice) =>
      secondsOf(span.fromUs + (slice + 0.5) * widthUs),
    ),
    ok: perSecond(outcomeCodes.ok),
    rejected: perSecond(outcomeCodes.rejected),
    unknown: perSecond(outcomeCodes.indeterminate),
  };
}

function secondsOf(us: number): number {
  return Math.round(us / 1000) / 1000;
}

/** The whole load in so many slices; null where there was none. */
export function loadRates(history: History, slices: number): RateSlices | null {
  const fromUs = history.startUs[0];
  if (fromUs === undefined) return null;
  const toUs = history.endUs.reduce((latest, us) => Math.max(latest, us), fromUs);
  return rateSlices(history, { fromUs, toUs: toUs + 1 }, slices);
}
