import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bases } from '../../../scripts/zoo/bases.ts';
import { entries } from '../../../scripts/zoo/entries.ts';
import { knownBadFiles, knownBadFolder } from '../../../scripts/zoo/manifests.ts';
import { edited } from '../../../scripts/zoo/text-edits.ts';
import { loadManifests } from '../../../src/kube/manifests.ts';

/**
 * Goal: manifests/known-bad is what `npm run known-bad` makes of today's shipped manifests, and every
 * file of it is a manifest that applies.
 */
const files = knownBadFiles();

test('the folder holds exactly the files that the table makes', () => {
  expect(readdirSync(knownBadFolder).sort()).toEqual([...files.keys()].sort());
});

describe.each([...files])('%s', (name, text) => {
  test('is in step with what is shipped (else: npm run known-bad)', () => {
    expect(readFileSync(join(knownBadFolder, name), 'utf8')).toBe(text);
  });

  test.runIf(name.endsWith('.yaml'))('is valid, and has its Redis and its Service', async () => {
    const objects = await loadManifests(join(knownBadFolder, name));
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const base = entries.find((entry) => name === `${entry.name}.yaml`)?.base ?? 'cluster';
    const { set } = bases[base];
    expect(names).toContain(`StatefulSet/${set}`);
    expect(names.some((one) => one.startsWith(`Service/${set}`))).toBe(true);
    expect(names.includes('Service/hit-counter-lb')).toBe(name.includes('hit-counter'));
  });
});

test('no two set-ups are the same but for the fault', () => {
  const bodies = entries.map(({ name, fault }) => {
    const text = files.get(`${name}.yaml`) ?? '';
    return `${fault.join(' ')}\n${text.slice(text.indexOf('apiVersion'))}`;
  });
  expect(new Set(bodies).size).toBe(entries.length);
});

test('an edit that finds its place not at all, or twice, is refused', () => {
  expect(edited('one two', [{ from: 'two', to: '$&' }], 'x')).toBe('one $&');
  expect(() => edited('one', [{ from: 'two', to: '' }], 'x')).toThrow('found it 0 times');
  expect(() => edited('two two', [{ from: 'two', to: '' }], 'x')).toThrow('found it 2 times');
});
