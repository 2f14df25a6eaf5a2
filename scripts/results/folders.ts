import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * `node scripts/results/folders.ts BEFORE [AFTER]`: lines and files of src/ by folder, at two commits; writes
 * docs/results/folders.md.
 */
const [before, after = 'HEAD'] = process.argv.slice(2);
if (before === undefined) {
  console.error('usage: node scripts/results/folders.ts BEFORE [AFTER]');
  process.exit(64);
}
const root = join(import.meta.dirname, '..', '..');

interface Size {
  files: number;
  lines: number;
}

/** By folder, `src/run/setup`; TypeScript alone. */
function sizesAt(commit: string): ReadonlyMap<string, Size> {
  const counted = git('grep', '-c', '', commit, '--', 'src/*.ts');
  const sizes = new Map<string, Size>();
  for (const line of counted.trim().split('\n')) {
    const [, file = '', lines = '0'] = line.split(':');
    const size = sizes.get(dirname(file)) ?? { files: 0, lines: 0 };
    sizes.set(dirname(file), { files: size.files + 1, lines: size.lines + Number(lines) });
  }
  return sizes;
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

const short = (commit: string) => git('rev-parse', '--short', commit).trim();
const [was, is] = [sizesAt(before), sizesAt(after)];
const folders = [...new Set([...was.keys(), ...is.keys()])].sort();
const cell = (size: Size | undefined) => (size ? `${size.files} | ${size.lines}` : '– | –');
const total = (sizes: ReadonlyMap<string, Size>, of: (folder: string) => boolean) => {
  const some = [...sizes].filter(([folder]) => of(folder)).map(([, size]) => size);
  return {
    files: some.reduce((sum, { files }) => sum + files, 0),
    lines: some.reduce((sum, { lines }) => sum + lines, 0),
  };
};
const isTopology = (folder: string) => folder.startsWith('src/topology/');
const rows = [
  ...folders.map((folder) => `| ${folder} | ${cell(was.get(folder))} | ${cell(is.get(folder))} |`),
  ...(
    [
      ['all', () => true],
      ['all but the topologies’ folders', (folder: string) => !isTopology(folder)],
    ] as const
  ).map(([name, of]) => `| **${name}** | ${cell(total(was, of))} | ${cell(total(is, of))} |`),
];
const text = [
  '# The folders of src/, before and after the topologies were parted',
  '',
  `\`node scripts/results/folders.ts ${before} ${after}\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}: ${short(before)} and ${short(after)}.`,
  '',
  '| folder | files before | lines | files after | lines |',
  '|---|---|---|---|---|',
  ...rows,
  '',
].join('\n');
const out = join(root, 'docs', 'results');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'folders.md'), text);
console.log(text);
