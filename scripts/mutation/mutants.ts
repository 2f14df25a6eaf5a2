/** One change of one place in a source file. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly offset: number;
  /** The whole line, trimmed: it stays the same when lines move. */
  readonly code: string;
  /** Which of the line's places that read the same, from 1 on. */
  readonly place: number;
  readonly from: string;
  readonly to: string;
}

type Rule = readonly [pattern: RegExp, to: (match: string) => readonly string[]];

const swap =
  (...pairs: readonly (readonly [string, string])[]) =>
  (match: string): readonly string[] =>
    pairs.flatMap(([a, b]) => (match === a ? [b] : match === b ? [a] : []));

/** Operators with blanks around them: in types and arrows they have none. */
const rules: readonly Rule[] = [
  [/ (?:===|!==) /g, swap([' === ', ' !== '])],
  [/ (?:<|<=) /g, swap([' < ', ' <= '])],
  [/ (?:>|>=) /g, swap([' > ', ' >= '])],
  [/ < /g, () => [' > ']],
  [/ > /g, () => [' < ']],
  [/ (?:&&|\|\|) /g, swap([' && ', ' || '])],
  [/ (?:\+|-) /g, swap([' + ', ' - '])],
  [/ (?:\*|\/) /g, swap([' * ', ' / '])],
  [/\.(?:some|every)\(/g, swap(['.some(', '.every('])],
  [/\.(?:find|findLast)\(/g, swap(['.find(', '.findLast('])],
  [/Math\.(?:max|min)\(/g, swap(['Math.max(', 'Math.min('])],
  [/\b(?:true|false)\b/g, swap(['true', 'false'])],
  [/(?<=[(,[ ])!(?=[a-zA-Z(])/g, () => ['']],
  [/(?<=\b(?:verdict|result)\b.*)'(?:pass|fail|inconclusive)'/g, verdicts],
  [/(?<![\w.'"$])\d[\d_]*(?![\w.'"])/g, another],
  [
    /(?<=\bif \()[^()]*(?:\([^()]*\)[^()]*)*(?=\))/g,
    (text) => (text === '' ? [] : ['false', 'true']),
  ],
];

/** A limit that is off by one is no different where limits are rough: large ones are doubled. */
function another(number: string): readonly string[] {
  const value = Number(number.replaceAll('_', ''));
  return [String(value < 10 ? value + 1 : value * 2)];
}

function verdicts(verdict: string): readonly string[] {
  return verdict === "'pass'" ? ["'fail'"] : ["'pass'"];
}

/** Every mutant of a file; comments, texts, imports and types are left alone. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const lines = source.split('\n');
  const mutants: Mutant[] = [];
  let offset = 0;
  for (const [index, line] of masked(source).split('\n').entries()) {
    const code = (lines[index] ?? '').trim();
    const isCode = !/^(?:import|export type|type|export interface|\s*readonly|\})\b|^\s*\|/.test(
      line,
    );
    for (const [pattern, to] of isCode ? rules : []) {
      for (const match of line.matchAll(pattern)) {
        const at = offset + match.index;
        const from = source.slice(at, at + match[0].length);
        for (const text of to(match[0])) {
          const place = 1 + mutants.filter(same(index + 1, from, text)).length;
          mutants.push({ file, line: index + 1, offset: at, code, place, from, to: text });
        }
      }
    }
    offset += line.length + 1;
  }
  return mutants;
}

const same =
  (line: number, from: string, to: string) =>
  (mutant: Mutant): boolean =>
    mutant.line === line && mutant.from === from && mutant.to === to;

export function mutated(source: string, { offset, from, to }: Mutant): string {
  return source.slice(0, offset) + to + source.slice(offset + from.length);
}

/** The source with comments and texts blanked, but for the verdicts' names. */
function masked(source: string): string {
  const blank = (text: string) => text.replaceAll(/[^\n]/g, '\0');
  return source.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:?&|] ?)\/(?![*/ ])(?:[^/\\\n]|\\.)+\/[a-z]*/g,
    (text) => (/^'(?:pass|fail|inconclusive)'$/.test(text) ? text : blank(text)),
  );
}
