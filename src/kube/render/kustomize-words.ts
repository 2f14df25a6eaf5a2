import { isAbsolute, join } from 'node:path';
import { type Position, UsageError } from '../../model/errors.ts';
import { isMap } from '../../model/json-value.ts';
import { parseYaml, type YamlDocument, type YamlPath } from '../../model/yaml-document.ts';
import { readTextOrNull } from '../../platform/files.ts';

/** The names that kustomize looks for. */
export const kustomizationNames: readonly string[] = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
];

/**
 * What the program said, without its log's dress. Literals of a generator may be passwords: they are
 * left out.
 */
export function wordsOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !/^#|^\s*$/.test(line));
  const text = lines.join(' ').trim();
  const logged = /"command failed" err="([\s\S]*)"$/.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1');
  return (logged ?? text)
    .replace(/^error: /i, '')
    .replace(
      /literal sources[\s\S]*?expected key=value/g,
      'literal sources […]: expected key=value',
    )
    .replace(/literal sources:? \[[\s\S]*?\](?=: )/g, 'literal sources […]');
}

/**
 * The place in the user's files that the program's words name: a file and line, or an entry of a
 * kustomization. Null when they name none that can be found.
 */
export async function namedPosition(words: string, root: string): Promise<Position | null> {
  // every level in words carries its folder; the last is where it went wrong
  const levels = [...words.matchAll(/for path '([^']+)'|of path '([^']+)'/g)];
  for (const level of levels.reverse()) {
    const position = await positionIn(level[1] ?? level[2] ?? '', words);
    if (position !== null) return position;
  }
  return positionIn(root, words);
}

async function positionIn(folder: string, words: string): Promise<Position | null> {
  const named = /in File: (\S+)/.exec(words)?.[1];
  const line = Number(/yaml: line (\d+):/.exec(words)?.[1] ?? Number.NaN);
  if (named !== undefined) {
    const file = isAbsolute(named) ? named : join(folder, named);
    const text = await readTextOrNull(file);
    return text === null ? null : syntaxPosition(file, text, line);
  }
  for (const name of kustomizationNames) {
    const file = join(folder, name);
    const text = await readTextOrNull(file);
    if (text === null) continue;
    if (/invalid Kustomization: yaml: line/.test(words)) return syntaxPosition(file, text, line);
    return entryPosition(folder, file, text, words);
  }
  return null;
}

/** Where our own parser stops, or the line that the program counted. */
function syntaxPosition(file: string, text: string, line: number): Position | null {
  try {
    parseYaml(text, file, 'kubernetes');
  } catch (error) {
    if (error instanceof UsageError && error.position) return error.position;
  }
  return Number.isNaN(line) ? null : { file, line: Math.max(1, line), column: 1 };
}

/** The entry of a kustomization that the words quote, the last one quoted first. */
function entryPosition(folder: string, file: string, text: string, words: string): Position | null {
  // quotes stand in quotes there: every piece between two marks is looked for
  const quoted = words
    .split(/['"`[\]]/)
    .map((piece) => piece.trim())
    .filter(Boolean)
    .reverse();
  let documents: YamlDocument[];
  try {
    documents = parseYaml(text, file, 'kubernetes');
  } catch {
    return null;
  }
  for (const document of documents) {
    for (const one of quoted) {
      const found = findText(document.value, matcher(folder, one), []);
      if (found) {
        return found.isKey ? document.positionOfKey(found.path) : document.positionOf(found.path);
      }
    }
  }
  return null;
}

/** An entry is quoted as it is, or as the path that it stands for. */
function matcher(folder: string, quoted: string): (entry: unknown) => boolean {
  return (entry) =>
    entry === quoted || (typeof entry === 'string' && join(folder, entry) === quoted);
}

function findText(
  value: unknown,
  matches: (entry: unknown) => boolean,
  path: YamlPath,
): { path: YamlPath; isKey: boolean } | null {
  if (matches(value)) return { path, isKey: false };
  const steps = Array.isArray(value) ? [...value.keys()] : isMap(value) ? Object.keys(value) : [];
  for (const step of steps) {
    const here = [...path, step];
    if (matches(step)) return { path: here, isKey: true };
    const inner: unknown = Reflect.get(value as object, step);
    const found = findText(inner, matches, here);
    if (found) return found;
  }
  return null;
}
