import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { judgeStored } from '../../../src/cli/check-command.ts';
import type { Report } from '../../../src/model/report.ts';

/**
 * Goal: evidence of an older version is judged as that version judged it. Method: reports of runs by the
 * version before the topologies were parted (732534f, seed 7, 60 requests a second): each fault, and broken
 * set-ups. A changed verdict needs a reason that is written down here.
 */
const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'stored-reports');
const names = readdirSync(folder).map((file) => file.replace(/\.json\.br$/, ''));

function unpacked(name: string): { readonly dir: string; readonly report: Report } {
  const packed = brotliDecompressSync(readFileSync(join(folder, `${name}.json.br`)));
  const files = JSON.parse(packed.toString('utf8')) as Readonly<Record<string, string>>;
  const dir = mkdtempSync(join(tmpdir(), 'rkc-stored-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return { dir, report: JSON.parse(files['report.json'] ?? '') as Report };
}
const said = ({ checks }: Report) =>
  checks.map(({ id, verdict, why = null, faultId = null }) => ({ id, verdict, why, faultId }));

test('there is one of each verdict', () => {
  const verdicts = names.map((name) => {
    const { dir, report } = unpacked(name);
    rmSync(dir, { recursive: true, force: true });
    return report.verdict;
  });
  expect([...new Set(verdicts)].sort()).toEqual(['error', 'fail', 'inconclusive', 'pass']);
});

test.each(names)('%s: the same verdict, reds and why', (name) => {
  const { dir, report } = unpacked(name);
  try {
    const again = judgeStored(dir);
    expect(again.verdict).toBe(report.verdict);
    expect(said(again)).toEqual(said(report));
    expect(again.faults.map(({ mode }) => mode)).toEqual(report.faults.map(({ mode }) => mode));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
