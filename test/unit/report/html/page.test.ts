import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../../src/checker/evaluate.ts';
import type { Operation } from '../../../../src/model/operation.ts';
import { buildReport } from '../../../../src/report/build.ts';
import { htmlPage } from '../../../../src/report/html/page.ts';
import { type ScriptOptions, scriptRun } from '../../checker/script.ts';

/**
 * Goal: report.html is one file that answers by itself, whatever the servers said and however long the
 * run was. Method: pages of scripted runs, read as text.
 */
function pageOf(
  options: ScriptOptions = {},
  change: (operations: readonly Operation[]) => readonly Operation[] = (operations) => operations,
): string {
  const scripted = scriptRun(options);
  const evidence = { ...scripted, operations: change(scripted.operations) };
  const report = buildReport({
    toolVersion: '0.1.0',
    run: { id: 'r1', seed: 7, startedAt: '2026-01-01T00:00:00.000Z', wallMs: 101_000 },
    environment: {
      provider: 'embedded',
      kubernetes: 'embedded',
      redis: '7.0.15',
      topology: 'cluster',
      fidelity: ['<script>alert(1)</script>'],
      host: { platform: 'linux', cpus: 2, node: 'v24.0.0' },
      clockErrorMs: 0.3,
    },
    plan: evidence.plan,
    events: evidence.events,
    evaluation: evaluate(evidence),
    evidence: [],
  });
  const files = [
    {
      pod: 'redis-0',
      faultId: 'f1',
      before: `${'a'.repeat(40)} 10.0.0.1:6379@16379 myself,master - 0 1 1 connected 0-5460\n`,
      after: `${'a'.repeat(40)} 10.0.1.1:6379@16379 myself,slave - 9 9 9 connected 0-5460\n`,
    },
  ];
  return htmlPage({ report, evidence, files });
}

describe('report.html', () => {
  test('answers on its first screen: verdict, victim, silence, loss, recovery beside prediction', () => {
    const [first = ''] = pageOf().split('<section');
    for (const part of [
      'PASS',
      'master-delete of redis-0',
      'What was lost?</dt><dd>Nothing: 0 of',
      'at most without an acknowledged write',
      'promotion predicted',
    ]) {
      expect(first).toContain(part);
    }
  });

  test('asks nobody for anything and runs no script', () => {
    const page = pageOf();
    expect(page.match(/(?:src|href)="(?!#|data:,")[^"]*"/g)).toBeNull();
    expect(page).not.toMatch(/@import|url\((?!#)|<script|\son\w+=/);
    expect(page).toContain("default-src 'none'");
  });

  test('what a server or a manifest says is text, never markup', () => {
    const page = pageOf();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('draws the fault: bands, each server with its address, the three outcomes', () => {
    const page = pageOf();
    const [, svg = ''] = page.split('<svg');
    for (const part of ['down', 'redis-0', 'redis-5', 'master 10.0.0.2:6379', 'acknowledged']) {
      expect(svg).toContain(part);
    }
  });

  test('a red check is open with its evidence, a green one is closed', () => {
    const page = pageOf({ promotedMs: null, releasedMs: 52_000, backMs: 56_000, endMs: 130_000 });
    expect(page).toMatch(/id="check-promotion"[\s\S]*?<details open>/);
    expect(page).toMatch(/id="check-identity-kept"[\s\S]*?<details>/);
  });

  test('tells every lost request with who acknowledged it', () => {
    const page = pageOf({
      history: (history) => {
        for (const entries of history.ledgers.values()) entries.splice(3, 2);
      },
    });
    const [, table = ''] = page.split('id="requests"');
    expect(table).toMatch(/<b>lost<\/b>: acknowledged, and missing/);
    expect(table).toContain('redis-');
  });

  test('marks the address that was rewritten on disk', () => {
    expect(pageOf()).toMatch(/<mark>a+ 10\.0\.1\.1:6379@16379/);
  });

  test('is below 2 MB, and no larger with twenty times the requests', () => {
    const many = (operations: readonly Operation[]) =>
      Array.from({ length: 20 }, (_, copy) =>
        operations.map((operation, index) => ({
          ...operation,
          id: `${operation.id}.${copy}`,
          endUs: operation.endUs + ((index * 7919 + copy * 104_729) % 900_000),
        })),
      ).flat();
    const large = pageOf({}, many);
    expect(large.length).toBeLessThan(2_000_000);
    expect(large).toMatch(/\d+ of \d+ requests are drawn/);
  });

  test('a run that ended before its load has a page, too', () => {
    const page = pageOf({ events: (events) => events.slice(0, 3) }, () => []);
    expect(page).toContain('INCONCLUSIVE');
    expect(page).not.toContain('<svg');
  });
});
