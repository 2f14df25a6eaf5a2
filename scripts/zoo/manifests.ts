import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BaseName, bases, secretText } from './bases.ts';
import { unchanged, withPassword } from './cluster-edits.ts';
import { type Entry, entries, faultText, sisters } from './entries.ts';
import { healthy } from './hit-counter-edits.ts';
import { edited, type TextEdit } from './text-edits.ts';

const root = join(import.meta.dirname, '..', '..');
export const knownBadFolder = join(root, 'manifests', 'known-bad');
/** The healthy sister of the apps: the same app without a mistake, on the shipped cluster. */
const ownAppName = 'healthy-hit-counter';
const passwordName = 'healthy-password';

/** Every file of manifests/known-bad by its name, made of the shipped ones and the table of edits. */
export function knownBadFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of entries) {
    const apps = entry.app ? [appText(entry.app, entry.name)] : [];
    const parts = [setUpText(entry.base ?? 'cluster', entry.edits, entry.name), ...apps];
    files.set(`${entry.name}.yaml`, `${header(entry)}${parts.join('---\n')}`);
  }
  const sound = [setUpText('cluster', unchanged, ownAppName), appText(healthy, ownAppName)];
  files.set(`${ownAppName}.yaml`, `${soundHeader}${sound.join('---\n')}`);
  const guarded = setUpText('cluster', withPassword, passwordName);
  files.set(`${passwordName}.yaml`, `${guardedHeader}${guarded}`);
  files.set('README.md', readme());
  return files;
}

function setUpText(base: BaseName, change: Entry['edits'], name: string): string {
  const { shortTimeout, secret } = bases[base];
  const shipped = readFileSync(join(root, 'manifests', `${base}.yaml`), 'utf8');
  const text = shipped.slice(shipped.indexOf('\napiVersion: v1\n') + 1);
  const parts = [
    edited(text, [...(shortTimeout === null ? [] : [shortTimeout]), ...change(text)], name),
  ];
  return [...(secret === null ? [] : [secretText(secret)]), ...parts].join('---\n');
}

function appText(edits: readonly TextEdit[], name: string): string {
  return edited(readFileSync(join(import.meta.dirname, 'hit-counter.yaml'), 'utf8'), edits, name);
}

const madeOf = (base: BaseName) =>
  `Made by \`npm run known-bad\` (scripts/zoo) of manifests/${base}.yaml; do not edit.`;

function header(entry: Entry): string {
  return comment(
    'KNOWN BAD: do not use. A set-up that looks right, to try a chaos test on.',
    `What is wrong: ${entry.wrong}`,
    `In the wild: ${entry.wild}`,
    `What is fooled: ${entry.fooled}`,
    `Shown by: ${faultText(entry)}; the check ${entry.red} must be red.`,
    `Healthy sister: ${sisterText(entry)}.`,
    madeOf(entry.base ?? 'cluster'),
  );
}

const soundHeader = comment(
  "Healthy: the shipped cluster under a user's own hit-counter, the sister of the hit-counter-*.yaml.",
  madeOf('cluster'),
);

const guardedHeader = comment(
  'Healthy: the shipped cluster behind a password, the sister of masterauth-missing.yaml.',
  madeOf('cluster'),
);

function sisterText({ sister }: Entry): string {
  const { file } = sisters[sister];
  return typeof file === 'string' ? `${file}.yaml` : `../${file.shipped}.yaml`;
}

/** Comment lines of at most 100 columns. */
function comment(...paragraphs: readonly string[]): string {
  const lines = paragraphs.flatMap((paragraph) => {
    const wrapped: string[] = [];
    for (const word of paragraph.split(' ')) {
      const last = wrapped.at(-1);
      if (last !== undefined && last.length + word.length < 97)
        wrapped.push(`${wrapped.pop()} ${word}`);
      else wrapped.push(word);
    }
    return wrapped;
  });
  return lines.map((line) => `# ${line}\n`).join('');
}

function readme(): string {
  const rows = entries.map(
    (entry) =>
      `| [${entry.name}](${entry.name}.yaml) | ${entry.wrong} | ${entry.wild} | \`${entry.fault.join(' ')}\` | \`${entry.red}\` | ${entry.fooled} |`,
  );
  return `# Known-bad set-ups

Set-ups and apps that people really run, each with one thing wrong, and the check of
redis-k8s-chaos that must go red on it. Complete manifests; the node timeout is 2 s so that a look is
short. \`npm run zoo\` runs them all, with their healthy sisters, which must stay green.

    redis-k8s-chaos run --manifests manifests/known-bad/no-rewrite.yaml --form tool

| file | what is wrong | in the wild | flags | red | what is fooled |
|---|---|---|---|---|---|
${rows.join('\n')}

Healthy sisters: \`../cluster.yaml\`, \`../cluster-auth.yaml\`, \`../standalone.yaml\`, \`../sentinel.yaml\`; for the apps [${ownAppName}](${ownAppName}.yaml), and with a password
[${passwordName}](${passwordName}.yaml).

Made by \`npm run known-bad\` (scripts/zoo) of the shipped manifests; do not edit.
`;
}
