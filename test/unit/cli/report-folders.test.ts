import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compareCommand } from '../../../src/cli/compare-command.ts';
import { mergeCommand } from '../../../src/cli/merge-command.ts';
import type { Report } from '../../../src/model/report.ts';
import { reportsBelow } from '../../../src/run/evidence/stored-reports.ts';
import { reportOf } from '../action/report.ts';

let dir: string;
let said: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-folders-'));
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

function store(name: string, changes: Partial<Report> = {}): string {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  const report = reportOf(changes);
  const run = { ...report.run, id: name };
  writeFileSync(join(folder, 'report.json'), JSON.stringify({ ...report, run }));
  return folder;
}

describe('the reports of a folder', () => {
  test('are itself, or those below it', () => {
    const one = store('a/one');
    store('a/deeper/two');
    expect(reportsBelow(one).map(({ run }) => run.id)).toEqual(['a/one']);
    expect(reportsBelow(join(dir, 'a')).map(({ run }) => run.id)).toEqual([
      'a/deeper/two',
      'a/one',
    ]);
  });

  test('none there is a usage error that names the folder', () => {
    expect(() => reportsBelow(join(dir, 'nowhere'))).toThrow(/there is no folder .*nowhere/);
    mkdirSync(join(dir, 'empty'));
    expect(() => reportsBelow(join(dir, 'empty'))).toThrow(/empty holds no report\.json/);
  });
});

describe('compare', () => {
  const compare = (base: string, head: string) =>
    compareCommand({ base, head, thresholdPercent: 20, markdown: false, json: false });
  const operations = (longestOutageMs: number) => ({
    operations: { ...reportOf().operations, longestOutageMs },
  });

  test('exits 1 when it got worse, 0 when not, and as the head where that was not decided', () => {
    const base = store('base', operations(5000));
    expect(compare(base, store('same', operations(5500)))).toBe(0);
    expect(compare(base, store('worse', operations(9000)))).toBe(1);
    expect(said).toContain('WORSE');
    expect(compare(base, store('open', { verdict: 'inconclusive', ...operations(5000) }))).toBe(2);
    expect(compare(base, store('broken', { verdict: 'error', ...operations(5000) }))).toBe(3);
  });
});

describe('merge', () => {
  const merge = (reportDirs: readonly string[], reportDir = join(dir, 'merged')) =>
    mergeCommand({ reportDirs, reportDir, json: false });

  test('the worst verdict decides the exit code; the folder holds page, Markdown and JSON', () => {
    expect(merge([store('a'), store('b')])).toBe(0);
    expect(said).toContain('PASS  2 runs: 2 pass');
    expect(merge([store('a'), store('b', { verdict: 'fail', reasons: ['r'] })])).toBe(1);
    for (const name of ['merged.json', 'summary.md', 'report.html']) {
      expect(() => rmSync(join(dir, 'merged', name))).not.toThrow();
    }
  });

  test('never empties a folder that holds what it is to merge', () => {
    const one = store('reports/a');
    expect(() => merge([one], one)).toThrow(/which is to be merged; name another folder/);
    expect(() => merge([one], join(dir, 'reports'))).toThrow(/name another folder/);
    expect(reportsBelow(one)).toHaveLength(1);
  });
});
