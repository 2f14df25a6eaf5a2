import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeScaledReport } from '../../../bench/scaled-report.ts';
import { judgeStored } from '../../../src/cli/check-command.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { Report } from '../../../src/model/report.ts';
import { digestEvidence } from '../../../src/run/evidence-files.ts';

/** Goal: what `check` does with a stored report. Method: a scripted one on disk, then changed. */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-check-'));
  writeScaledReport(dir, 4000);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const edit = (name: string, change: (text: string) => string) =>
  writeFileSync(join(dir, name), change(readFileSync(join(dir, name), 'utf8')));
const changeReport = (change: (report: Report) => unknown) =>
  edit('report.json', (text) => JSON.stringify(change(JSON.parse(text) as Report)));
/** As if the run itself had written what stands there now. */
const digestAgain = () => changeReport((report) => ({ ...report, evidence: digestEvidence(dir) }));

describe('check', () => {
  test('decides from the files, not from what report.json says', () => {
    changeReport((report) => ({ ...report, verdict: 'fail', reasons: ['made up'] }));
    expect(judgeStored(dir)).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(judgeStored(dir).operations.attempted).toBe(4000);
  });

  test('finds the one acknowledged write that the ledger lacks', () => {
    // bench:8 is of hits, and acknowledged
    edit('events.ndjson', (text) => text.replace('"bench:8",', ''));
    digestAgain();
    const report = judgeStored(dir);
    expect(report.verdict).toBe('fail');
    expect(report.operations.lost).toBe(1);
    expect(report.reasons.join()).toContain('bench:8 (');
  });

  test('says nothing of changed evidence, whichever way it was', () => {
    appendFileSync(join(dir, 'events.ndjson'), '{"kind":"note","atUs":1,"text":"later"}\n');
    expect(judgeStored(dir)).toMatchObject({ verdict: 'error', checks: [] });
    expect(judgeStored(dir).reasons.join()).toContain('events.ndjson is not what the run wrote');
    rmSync(join(dir, 'history.ndjson'));
    expect(judgeStored(dir).reasons.join()).toContain('history.ndjson is gone');
  });

  test('a run that had no load has an empty history, or none', () => {
    rmSync(join(dir, 'history.ndjson'));
    digestAgain();
    expect(judgeStored(dir).verdict).toBe('inconclusive');
  });

  test.each([
    ['history.ndjson', '{"id":"a","key":"hits"}', /not a request of the history/],
    ['history.ndjson', 'null', /not a request of the history/],
    ['events.ndjson', '{"kind":7,"atUs":1}', /not an event/],
    ['events.ndjson', '{"kind":"view","atUs":1}', /cannot judge/],
    ['events.ndjson', '{', /events\.ndjson:\d+:1/],
  ])('a line of %s that is none, %s, is named', (name, line, message) => {
    appendFileSync(join(dir, name), `${line}\n`);
    digestAgain();
    expect(() => judgeStored(dir)).toThrow(UsageError);
    expect(() => judgeStored(dir)).toThrow(message);
  });

  test('what is no report is refused', () => {
    for (const text of ['{', 'null', '[]', '{"schemaVersion":2}', '{"schemaVersion":1}']) {
      writeFileSync(join(dir, 'report.json'), text);
      expect(() => judgeStored(dir), text).toThrow(UsageError);
    }
    rmSync(join(dir, 'report.json'));
    expect(() => judgeStored(dir)).toThrow(/cannot read/);
  });
});
