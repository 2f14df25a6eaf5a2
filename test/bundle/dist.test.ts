import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ratioOf } from '../../bench/figures/figure.ts';
import { helpFigure } from '../../bench/figures/start-up.ts';
import { buildEntries, buildPod } from '../../scripts/build.ts';

/**
 * Goal: the committed bundles are what the source makes, small, and run with Node alone.
 * Method: build into a folder beside the committed one and compare byte by byte; run copies of them
 * far from any node_modules.
 */
const root = join(import.meta.dirname, '..', '..');
const committed = join(root, 'dist');
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-dist-'));
  await Promise.all([buildPod(dir), buildEntries(dir)]);
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('dist/ is what `npm run build` makes', () => {
  expect(readdirSync(committed).sort()).toEqual(readdirSync(dir).sort());
  for (const name of readdirSync(dir)) {
    expect(readFileSync(join(committed, name)).equals(readFileSync(join(dir, name))), name).toBe(
      true,
    );
  }
});

test('the bundles hold no path of this machine and stay under 4 MB', () => {
  let bytes = 0;
  for (const name of readdirSync(dir)) {
    bytes += statSync(join(dir, name)).size;
    expect(readFileSync(join(dir, name), 'utf8').includes(root), name).toBe(false);
  }
  expect(bytes).toBeLessThan(4 * 1024 * 1024);
});

describe('without node_modules', () => {
  let place: string;
  beforeAll(() => {
    place = join(dir, 'elsewhere');
    mkdirSync(join(place, 'dist'), { recursive: true });
    mkdirSync(join(place, 'manifests'));
    for (const from of ['dist', 'manifests']) {
      for (const entry of readdirSync(join(root, from), { withFileTypes: true })) {
        if (entry.isFile())
          copyFileSync(join(root, from, entry.name), join(place, from, entry.name));
      }
    }
    copyFileSync(join(root, 'package.json'), join(place, 'package.json'));
  });
  const cli = (...args: string[]) =>
    spawnSync(process.execPath, [join(place, 'dist', 'cli.cjs'), ...args], {
      cwd: place,
      encoding: 'utf8',
    });

  test('--help costs little more than a Node that does nothing', () => {
    const { status, stdout } = cli('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('redis-k8s-chaos');
    const figure = helpFigure(join(place, 'dist', 'cli.cjs'));
    // measured: 5.4 times; the bundle is one file, which is read and compiled
    expect(ratioOf(figure), JSON.stringify(figure)).toBeLessThanOrEqual(8);
  });
  test('manifests, schema and plan print what they should', () => {
    expect(cli('manifests', 'cluster').stdout).toContain('kind: StatefulSet');
    expect(JSON.parse(cli('schema', 'report').stdout)).toHaveProperty('properties.verdict');
    expect(JSON.parse(cli('schema', 'plan').stdout)).toHaveProperty('properties');
    const plan = cli('plan', '--seed', '5', '--provider', 'kind');
    expect(plan.stderr).toBe('');
    expect(plan.stdout).toContain('seed: 5');
    expect(plan.stdout).toContain('StatefulSet/redis-cluster');
  });
  test('bad input ends with 64', () => {
    expect(cli('run', '--nonsense').status).toBe(64);
  });
});
