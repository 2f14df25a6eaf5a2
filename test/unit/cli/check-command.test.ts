import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeScaledReport } from '../../../bench/scaled-report.ts';
import { judgeStored } from '../../../src/cli/check-command.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Report } from '../../../src/model/report.ts';
import { diskFile } from '../../../src/run/evidence/disk-facts.ts';
import { digestEvidence } from '../../../src/run/evidence/evidence-files.ts';

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
const digestAgain = () =>
  changeReport((report) => ({ ...report, evidence: digestEvidence(dir, report) }));

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

  test('judges changed evidence as it stands, and says that its digest differs', () => {
    appendFileSync(join(dir, 'events.ndjson'), '{"kind":"note","atUs":1,"text":"later"}\n');
    expect(judgeStored(dir).verdict).toBe('pass');
    expect(judgeStored(dir).reasons.join()).toContain(
      'events.ndjson is not what the run wrote: its digest differs',
    );
    edit('events.ndjson', (text) => text.replace('"bench:8",', ''));
    expect(judgeStored(dir).verdict).toBe('fail');
    expect(judgeStored(dir).operations.lost).toBe(1);
    rmSync(join(dir, 'history.ndjson'));
    expect(judgeStored(dir).verdict).not.toBe('pass');
    expect(judgeStored(dir).reasons.join()).toContain('history.ndjson is gone');
  });

  test('a plan that was edited is judged by, and said to differ', () => {
    expect(judgeStored(dir).reasons).toEqual([]);
    changeReport((report) => ({
      ...report,
      plan: { ...report.plan, seed: 99 },
    }));
    expect(judgeStored(dir).reasons.join()).toContain(
      'report.json#/plan is not what the run wrote',
    );
    changeReport((report) => ({
      ...report,
      environment: { ...report.environment, topology: 'sentinel' },
    }));
    expect(judgeStored(dir).reasons.join()).toContain('report.json#/environment/topology is not');
  });

  test('without digests it says that nobody can tell', () => {
    changeReport((report) => ({ ...report, evidence: [] }));
    expect(judgeStored(dir)).toMatchObject({ verdict: 'pass' });
    expect(judgeStored(dir).reasons.join()).toContain('no digests');
  });

  /** Adds a snapshot of one pod after the fault, with its nodes.conf: the same, or with another own address. */
  const writeDisk = (own: (ip: string) => string) => {
    const events = readFileSync(join(dir, 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    const pod = events.findLast((event) => event.kind === 'pod' && event.part === 'redis');
    const fault = events.find((event) => event.kind === 'fault');
    if (pod?.kind !== 'pod' || fault?.kind !== 'fault') throw new Error('no pod, or no fault');
    const [ip = ''] = pod.pod.ips;
    const snapshot: RunEvent = {
      atUs: events.at(-1)?.atUs ?? 0,
      kind: 'snapshot',
      stage: 'after',
      faultId: fault.faultId,
      pod: pod.pod.name,
      uid: pod.pod.uid,
      diskMyselfIp: ip,
      diskNodes: [{ id: 'a'.repeat(40), ip }],
      announceIp: '',
      nodeTimeoutMs: null,
      persists: null,
      error: null,
    };
    appendFileSync(join(dir, 'events.ndjson'), `${JSON.stringify(snapshot)}\n`);
    const file = diskFile(snapshot);
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    const line = `${'a'.repeat(40)} ${own(ip)}:6379@16379 myself,master - 0 0 1 connected 0-16383`;
    writeFileSync(join(dir, file), `${line}\nvars currentEpoch 9 lastVoteEpoch 0\n`);
    digestAgain();
    return { file };
  };

  test('nodes/ that bears out the events adds nothing', () => {
    writeDisk((ip) => ip);
    expect(judgeStored(dir)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('judges from nodes/: an address on disk that is not the pod’s own is red', () => {
    const { file } = writeDisk(() => '10.99.99.99');
    const report = judgeStored(dir);
    expect(report.verdict).toBe('fail');
    expect(report.checks.find(({ id }) => id === 'ip-rewrite')?.evidence.join()).toContain(
      '10.99.99.99',
    );
    expect(report.reasons.join()).toContain(
      `${file} and events.ndjson differ: own address 10.99.99.99`,
    );
  });

  test('a file of nodes/ that is gone was not seen', () => {
    const { file } = writeDisk((ip) => ip);
    rmSync(join(dir, file));
    expect(judgeStored(dir).reasons.join()).toContain(`${file} is gone`);
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
