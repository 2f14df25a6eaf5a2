import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clock, type PartResult, partNames } from '../test-parts.ts';

/**
 * `node scripts/results/npm-test.ts BEFORE.json AFTER.json [HALF_SPEED.json…]`: the times that
 * `npm test -- --timings FILE` wrote, part by part, before and after; writes docs/results/npm-test.md.
 */
interface Timings {
  readonly cpus: number;
  readonly parts: readonly PartResult[];
}

const files = process.argv.slice(2);
if (files.length < 2)
  throw new Error(
    'usage: node scripts/results/npm-test.ts BEFORE.json AFTER.json [HALF_SPEED.json…]',
  );
const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Timings);
const names = ['before', 'after', ...all.slice(2).map((_, index) => `half speed, ${index + 1}`)];

const cell = (timings: Timings, part: string): string => {
  const found = timings.parts.find((each) => each.part === part);
  return found ? `${clock(found.seconds)} (${found.passed} passed, ${found.failed} failed)` : '';
};
const together = (timings: Timings): string =>
  clock(timings.parts.reduce((sum, { seconds }) => sum + seconds, 0));
const page = `# npm test, part by part

Minutes and seconds on ${all[1]?.cpus ?? '?'} CPUs, from \`npm test -- --timings FILE\`. Half speed: the same
machine with two busy loops beside it.

| part | ${names.join(' | ')} |
|---|${names.map(() => '---|').join('')}
${partNames.map((part) => `| ${part} | ${all.map((timings) => cell(timings, part)).join(' | ')} |`).join('\n')}
| together | ${all.map(together).join(' | ')} |
`;
process.stdout.write(page);
writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'results', 'npm-test.md'), page);
