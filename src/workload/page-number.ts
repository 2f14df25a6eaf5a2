import { numberOn } from './http-answer.ts';

/** What several looks at one page, each a hit, tell of the number on it that counts them. */
export type PageNumber =
  | { readonly found: 'one'; readonly pattern: string }
  /** None grows with every hit. */
  | { readonly found: 'none' }
  /** Several grow, each in its own way: the patterns that would tell them apart. */
  | { readonly found: 'several'; readonly patterns: readonly string[] };

/** Digits, in groups of three where a page writes them so: `1,234`. */
const number = String.raw`\d+(?:[.,' ]\d{3})*`;
/** How much of its line a number is told by, characters before it; half as many after it. */
const widths = [24, 10, 4];

/**
 * Finds the number that grows with every hit, and a pattern that finds it again by the words around it.
 * A clock or an uptime may grow too: what grows by exactly one a hit goes before what grows otherwise.
 */
export function countingNumber(bodies: readonly string[]): PageNumber {
  for (const width of widths) {
    const growing = growingNumbers(bodies, width);
    const byOne = growing.filter(({ values }) =>
      values.every((value, at) => value === (values[0] ?? 0) + at),
    );
    const best = byOne.length > 0 ? byOne : growing;
    // one number shown twice is one number
    const different = new Map(
      best.toReversed().map((entry) => [entry.values.join(), entry.pattern]),
    );
    const [first, ...others] = different.values();
    if (first === undefined) continue; // perhaps by fewer words, where those further off change
    return others.length === 0
      ? { found: 'one', pattern: first }
      : { found: 'several', patterns: [first, ...others] };
  }
  return { found: 'none' };
}

interface Growing {
  readonly pattern: string;
  readonly values: readonly number[];
}

function growingNumbers(bodies: readonly string[], width: number): readonly Growing[] {
  const [first = ''] = bodies;
  return [...new Set(patternsIn(first, width))].flatMap((pattern): Growing[] => {
    const search = new RegExp(pattern);
    const values = bodies.flatMap((body) => numberOn(body, search) ?? []);
    const grows = values.every((value, at) => at === 0 || value > (values[at - 1] ?? 0));
    return values.length === bodies.length && values.length > 1 && grows
      ? [{ pattern, values }]
      : [];
  });
}

/** One pattern for each number of the page, by its line's words before and after it. */
function patternsIn(body: string, width: number): readonly string[] {
  return [...body.matchAll(new RegExp(number, 'g'))].map((match) => {
    const before = body
      .slice(Math.max(0, match.index - width), match.index)
      .split('\n')
      .at(-1);
    const end = match.index + match[0].length;
    const after = body.slice(end, end + width / 2).split('\n')[0];
    return `${words(before)}(${number})${words(after)}`;
  });
}

/** Literally, but for digits, which may be others on the next page. */
function words(text = ''): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&').replaceAll(/\d+/g, '\\d+');
}
