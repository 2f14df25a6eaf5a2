import { alwaysThere } from './always-there.ts';
import { equivalents } from './equivalents.ts';
import type { Mutant } from './mutants.ts';
import { untold } from './untold.ts';

/** Why no test notices a mutant; `equivalent`: it does the same, so nothing could. */
export interface Explanation {
  readonly why: string;
  readonly equivalent: boolean;
}

/** One mutant by what it changes: the file's name, the line as it reads, and which place in it. */
export interface Known extends Explanation {
  readonly file: string;
  readonly code: string;
  readonly from: string;
  readonly to: string;
  /** Which of the line's places that read the same, from 1 on; default 1. */
  readonly place?: number;
}

const known: readonly Known[] = [
  ...equivalents(),
  ...untold,
  ...Object.entries(alwaysThere).flatMap(([file, { why, lines }]) =>
    lines.flatMap(([code, ...places]) =>
      places.map((place) => ({ file, code, from: '0', to: '1', place, why, equivalent: true })),
    ),
  ),
];

/** What is known of a survivor that somebody has looked into. */
export function explanationOf(mutant: Mutant): Explanation | null {
  const found = known.find(
    ({ file, code, from, to, place = 1 }) =>
      mutant.file.endsWith(`/${file}.ts`) &&
      mutant.code === code &&
      mutant.from.trim() === from &&
      mutant.to.trim() === to &&
      mutant.place === place,
  );
  return found ?? null;
}
