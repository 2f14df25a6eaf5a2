import type { Mutant } from './mutants.ts';
import type { Fate } from './protocol.ts';
import { explanationOf } from './survivors.ts';

/** One mutant, how it fared, and how many tests come by its place. */
export interface Tried {
  readonly mutant: Mutant;
  readonly fate: Fate;
  readonly tests: number;
}

/** How the measurement was made. */
export interface Measurement {
  readonly possible: number;
  readonly tests: number;
  readonly command: string;
  readonly seed: string;
  readonly date: string;
  readonly minutes: number;
  /** Its version. */
  readonly vitest: string;
  /** Noticed in an earlier run by a test that is still the same. */
  readonly takenOver: number;
}

const withFate = (tried: readonly Tried[], fate: Fate['fate']) =>
  tried.filter((entry) => entry.fate.fate === fate);

/** Noticed of all that could be noticed. */
export function scoreOf(tried: readonly Tried[]): number {
  const noticed = withFate(tried, 'killed').length + withFate(tried, 'hung').length;
  const open = withFate(tried, 'survived').filter(
    ({ mutant }) => !explanationOf(mutant)?.equivalent,
  ).length;
  return noticed + open === 0 ? 1 : noticed / (noticed + open);
}

export function survivorText({ file, line, code, place, from, to }: Mutant): string {
  return `${file}:${line} \`${from.trim()}\` -> \`${to.trim()}\` (${place}) in ${code}`;
}

/** docs/results/mutation.md. */
export function mutationPage(tried: readonly Tried[], how: Measurement): { readonly text: string } {
  const survived = withFate(tried, 'survived');
  const [killed, hung, invalid] = (['killed', 'hung', 'invalid'] as const).map(
    (fate) => withFate(tried, fate).length,
  );
  const equivalent = survived.filter(({ mutant }) => explanationOf(mutant)?.equivalent);
  const open = survived.filter(({ mutant }) => !explanationOf(mutant)?.equivalent);
  const percent = (share: number) => (share * 100).toFixed(1);
  const all = tried.length === how.possible;
  const drawn = all ? 'all of them' : `drawn at random with seed ${how.seed}`;
  const earlier =
    how.takenOver === 0
      ? ''
      : ` (${how.takenOver} of these in an earlier run, by a test file that has not changed since, nor any source)`;
  const raw = ((killed ?? 0) + (hung ?? 0)) / (tried.length - (invalid ?? 0));
  return {
    text: `# Mutation testing of the checker

Made by \`${how.command}\` on ${how.date} with Node ${process.versions.node} and Vitest ${how.vitest} (${process.platform} ${process.arch}) in ${Math.ceil(how.minutes)} minutes. One place
of \`src/checker\` is changed at a time, and those of the ${how.tests} tests of \`test/unit/checker\` that run this
place (by the engine's coverage) are run with Vitest's own \`expect\` until one fails. Nothing else of the
test-suite counts.

**Score ${percent(scoreOf(tried))} %** of ${tried.length} mutants (${drawn}, of ${how.possible} possible):

- ${killed} failed a test, ${hung} looped for ever (stopped after 3 s of work, or 2 minutes of loading) or filled the memory${earlier},
- ${invalid} are not TypeScript any more and do not count,
- ${equivalent.length} survived and change nothing that could be noticed; each is argued below, and they do not count,
- ${open.length} survived and count against the score.

Without taking any survivor out the score is ${percent(raw)} %.

## Survivors that count

${table(open)}
## Survivors that change nothing

${table(equivalent)}`,
  };
}

function table(tried: readonly Tried[]): string {
  if (tried.length === 0) return 'None.\n';
  const cell = (text: string) => `\`${text.trim().replaceAll('|', '\\|')}\``;
  const rows = tried
    .toSorted(({ mutant: a }, { mutant: b }) =>
      a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
    )
    .map(({ mutant, tests }) => {
      const why = explanationOf(mutant)?.why ?? 'not looked into yet';
      const unseen = tests === 0 ? ' (no test runs it)' : '';
      const nth = mutant.place === 1 ? '' : ` (place ${mutant.place})`;
      return `| ${mutant.file.replace('src/checker/', '')}:${mutant.line} | ${cell(mutant.code)} | ${cell(mutant.from)}${nth} | ${cell(mutant.to)} | ${why}${unseen} |`;
    });
  return `| place | line | was | became | why no test notices |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
