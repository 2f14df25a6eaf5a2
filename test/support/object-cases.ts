import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseManifests } from '../../src/kube/manifest-text.ts';
import type { KubeObject } from '../../src/model/kube-object.ts';
import { parseYaml } from '../../src/model/yaml-document.ts';

/** One object that an API server takes or refuses: a base of test/fixtures/objects with a change. */
export interface ObjectCase {
  /** `StatefulSet spec.replicas=-1`: what the test is called. */
  readonly title: string;
  /** The object as a user's file holds it. */
  readonly text: string;
  /** As a manifest of the file `case.yaml`, with its positions. */
  object(): KubeObject;
}

export interface InvalidCase extends ObjectCase {
  /** The field that the API server names, in its words: `spec.ports[0].port`. */
  readonly field: string;
}

interface Entry {
  readonly kind: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly field?: string;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'objects');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

export function invalidCases(): InvalidCase[] {
  return entriesOf('invalid.yaml').map((entry) => ({
    ...caseOf(entry),
    field: entry.field ?? '',
  }));
}

/** The bases as they are, and what is odd and yet valid. */
export function validCases(): ObjectCase[] {
  const bases = [...basesByKind().keys()].map((kind) => ({ kind, set: {} }));
  return [...bases, ...entriesOf('valid.yaml')].map(caseOf);
}

function entriesOf(name: string): Entry[] {
  return parseYaml(read(name), name, 'core')[0]?.value as Entry[];
}

function basesByKind(): Map<string, Record<string, unknown>> {
  const documents = parseYaml(read('bases.yaml'), 'bases.yaml', 'kubernetes');
  return new Map(
    documents.map(({ value }) => {
      const object = value as Record<string, unknown>;
      return [String(object.kind), object];
    }),
  );
}

function caseOf({ kind, set }: Entry): ObjectCase {
  const base = basesByKind().get(kind);
  if (!base) throw new Error(`no base of kind ${kind}`);
  const object = structuredClone(base);
  for (const [path, value] of Object.entries(set)) put(object, path, value);
  const text = stringify(object);
  const change = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  return {
    title: [kind, ...change].join(' '),
    text,
    object() {
      const [parsed] = parseManifests(text, 'case.yaml');
      if (!parsed) throw new Error(`no object in ${text}`);
      return parsed;
    },
  };
}

/** Sets `spec.ports[0].port` of an object; null takes the field away. */
function put(object: Record<string, unknown>, path: string, value: unknown): void {
  const steps = [...path.matchAll(/[^.[\]]+/g)].map(([step]) => step);
  const last = steps.pop() ?? '';
  let at = object;
  for (const step of steps) {
    at[step] ??= {};
    at = at[step] as Record<string, unknown>;
  }
  if (value === null) delete at[last];
  else at[last] = value;
}
