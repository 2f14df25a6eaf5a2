import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { faultNames } from '../../src/model/fault.ts';

/**
 * Goal: imports only point down the list of layers of CONTRIBUTING.md, the pure folders reach no
 * side effect, and @actions/* and @kubernetes/client-node each have one importer.
 * Method: read every import of src/ as text.
 */
const root = join(import.meta.dirname, '..', '..', 'src');

/** Highest first; folders on one line may not import each other unless listed in `sideways`. */
const layers: readonly (readonly string[])[] = [
  ['.'],
  ['action', 'cli'],
  ['run'],
  ['fault', 'workload'],
  ['topology/cluster', 'topology/replication', 'topology'],
  ['provider'],
  ['report'],
  ['checker'],
  ['kube', 'plan'],
  ['rules'],
  ['pod'],
  ['redis'],
  ['platform'],
  ['model'],
];
const sideways: ReadonlySet<string> = new Set([
  'cli > action',
  'topology > topology/cluster', // the catalogue names its members
  'topology > topology/replication',
  'topology/cluster > topology',
  'topology/replication > topology',
]);
/** All of topology/ but the forming is pure, and the checker shares it with the live run. */
const pureTopology = /^topology\/(?!.*\bform\.ts$)/;
const pure = ['model', 'checker', 'report', 'plan', 'rules'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\s(type\s)?[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm,
  );
  return [...found].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4] ?? '';
    const to = specifier.startsWith('.')
      ? relative(root, join(root, dirname(file), specifier))
      : specifier;
    return { from: file, to, typeOnly: match[1] !== undefined };
  });
}

function rankOf(file: string): number {
  const folder = dirname(file);
  const rank = layers.findIndex((names) =>
    names.some((name) => folder === name || folder.startsWith(`${name}/`)),
  );
  return folder.startsWith('topology/')
    ? layers.findIndex((names) => names.includes('topology'))
    : rank;
}

const imports = sources().flatMap(importsOf);
const own = imports.filter((entry) => entry.to.endsWith('.ts') && !entry.to.startsWith('..'));

test('every folder has a layer', () => {
  expect(sources().length).toBeGreaterThan(30);
  expect(sources().filter((file) => rankOf(file) < 0)).toEqual([]);
});

test('imports only point down the layers', () => {
  const wrong = own.filter(({ from, to }) => {
    if (
      pureTopology.test(to) &&
      rankOf(from) <= layers.findIndex((names) => names.includes('checker'))
    )
      return false;
    // a fault's file holds what it is to the checker too (fault.ts, Nature)
    if (to === 'fault/catalogue.ts' && from.startsWith('checker/')) return false;
    if (sideways.has(`${dirname(from)} > ${dirname(to)}`)) return false;
    const down = rankOf(to) - rankOf(from);
    return down < 0 || (down === 0 && dirname(from).split('/')[0] !== dirname(to).split('/')[0]);
  });
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('what is true of one topology only stays in its folder: the catalogue and the former know them', () => {
  const wrong = own.filter(({ from, to }) => {
    const folder = dirname(to);
    return (
      /^topology\/./.test(folder) &&
      dirname(from) !== folder &&
      !['topology/catalogue.ts', 'topology/form.ts'].includes(from)
    );
  });
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('what is true of one fault stays in its file: nobody else asks for its name', () => {
  const wrong = sources()
    .filter((file) => !/^(fault|model)\//.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '');
      return (
        faultNames
          // `none` is that there is none; Kubernetes has a field partition and a subresource scale
          .filter((name) => name !== 'none')
          .filter((name) => !(name === 'partition' && file.startsWith('kube/')))
          .filter((name) => !(name === 'scale' && file.includes('/kube-api/')))
          .filter((name) => new RegExp(`['"]${name}['"]`).test(text))
          .map((name) => `${file} asks for ${name}`)
      );
    });
  expect(wrong).toEqual([]);
});

test('no circle of imports', () => {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of own) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' > '));
    if (at >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  expect(circles).toEqual([]);
});

test('the pure folders import no side effects', () => {
  const isPure = (file: string) =>
    pure.some((folder) => file.startsWith(`${folder}/`)) || pureTopology.test(file);
  const wrong = imports.filter(
    ({ from, to, typeOnly }) =>
      isPure(from) &&
      !typeOnly &&
      (to.startsWith('node:') ||
        ['platform', 'provider', 'kube'].some((folder) => to.startsWith(`${folder}/`))),
  );
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('the heavy libraries have one folder that imports them', () => {
  const importers = (library: string) => [
    ...new Set(imports.filter(({ to }) => to.startsWith(library)).map(({ from }) => dirname(from))),
  ];
  expect(importers('@actions/').filter((folder) => folder !== 'action')).toEqual([]);
  expect(
    importers('@kubernetes/client-node').filter((folder) => !folder.startsWith('kube')),
  ).toEqual([]);
});
