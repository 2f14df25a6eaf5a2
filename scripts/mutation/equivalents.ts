import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Known } from './survivors.ts';

/**
 * Survivors that do the same as the code they were made of, as equivalents.txt argues them: a line
 * `# file: why`, and below it for each mutant the line of code, `- was` (`@2`: the second such place of
 * the line) and `+ became`.
 */
export function equivalents(): readonly Known[] {
  const known: Known[] = [];
  let file = '';
  let why = '';
  let code = '';
  let from = '';
  let place = 1;
  const text = readFileSync(join(import.meta.dirname, 'equivalents.txt'), 'utf8');
  for (const line of text.split('\n')) {
    const [mark, rest] = [line.slice(0, 2), line.slice(2)];
    if (mark === '# ') {
      const colon = rest.indexOf(': ');
      file = rest.slice(0, colon);
      why = rest.slice(colon + 2);
    } else if (mark === '- ') {
      const match = /^(.*?)(?: @(\d+))?$/.exec(rest);
      from = match?.[1] ?? '';
      place = Number(match?.[2] ?? 1);
    } else if (mark === '+ ') {
      known.push({ file, code, from, to: rest, place, why, equivalent: true });
    } else {
      code = line;
    }
  }
  return known;
}
