import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { finding, openWorkspace, readReport, redChecks } from '../support/run-tool.ts';

/**
 * Goal: manifests as people have them from the tutorials are judged as they are: green when they are
 * right, red for the named check when one thing in them is wrong. Method: the whole tool on the embedded
 * provider, a held master delete.
 */
const tutorials = join(import.meta.dirname, '..', 'fixtures', 'tutorials');

type Edit = readonly [from: string, to: string];

interface Judged {
  readonly report: Report;
  readonly exitCode: number;
  readonly output: string;
  /** Who formed the cluster. */
  readonly formedBy: string | null;
}

/** A copy of the tutorial's folder, each edit made exactly once somewhere in it. */
async function judge(
  tutorial: 'plain' | 'announced' | 'job',
  edits: readonly Edit[] = [],
  flags: readonly string[] = [],
): Promise<Judged> {
  using workspace = openWorkspace();
  const folder = join(workspace.dir, tutorial);
  mkdirSync(folder);
  const missing = new Set(edits);
  for (const name of readdirSync(join(tutorials, tutorial))) {
    let text = readFileSync(join(tutorials, tutorial, name), 'utf8');
    for (const edit of edits) {
      if (!text.includes(edit[0])) continue;
      text = text.replace(edit[0], () => edit[1]);
      missing.delete(edit);
    }
    writeFileSync(join(folder, name), text);
  }
  if (missing.size > 0) throw new Error(`${tutorial} no longer holds ${[...missing][0]?.[0]}`);
  const path = flags.includes('--no-app') ? join(folder, 'redis-cluster.yaml') : folder;
  const result = await runForVerdict(workspace, [
    ...['run', '--provider', 'embedded', '--manifests', path],
    ...flags.filter((flag) => flag !== '--no-app'),
  ]);
  const output = result.stderr + result.stdout;
  if (![0, 1].includes(result.exitCode)) throw new Error(`exit ${result.exitCode}: ${output}`);
  const { report, events } = readReport(workspace.reportDir);
  const formed = events.find((event) => event.kind === 'formed');
  return { report, exitCode: result.exitCode, output, formedBy: formed?.by ?? null };
}

const oldImage = ['--image', 'redis:5.0.1-alpine=redis:7.0'];

function expectGreen({ report, exitCode, output }: Judged): void {
  expect(redChecks(report), output).toEqual([]);
  expect(exitCode, output).toBe(0);
  expect(report.faults[0]?.mode).toBe('promoted');
  expect(report.operations.lost).toBe(0);
}

function expectRed({ report, exitCode, output }: Judged, check: 'ip-rewrite'): void {
  expect(redChecks(report), output).toContain(check);
  expect(finding(report, check).why, output).not.toBe(undefined);
  expect(exitCode, output).toBe(1);
}

describe.concurrent('the plain one: a start script, no probes, an app of its own', () => {
  test('green, counted by bounds, the app asked is theirs', async () => {
    const judged = await judge('plain', [], oldImage);
    expectGreen(judged);
    expect(judged.formedBy).toBe('tool');
    expect(finding(judged.report, 'counter-continuity').observed).toContain('by bounds');
    expect(judged.report.operations.finalCounter).toBeGreaterThan(400);
  });

  test('green without an app: ours is put beside it and counts request by request', async () => {
    const judged = await judge('plain', [], ['--no-app', ...oldImage]);
    expectGreen(judged);
    expect(finding(judged.report, 'counter-continuity').observed).not.toContain('by bounds');
  });

  test('a pattern of three octets: ip-rewrite', async () => {
    const octet = String.raw`[0-9]\{1,3\}`;
    const four = [octet, octet, octet, octet].join(String.raw`\.`);
    const three = [octet, octet, octet].join(String.raw`\.`);
    expectRed(await judge('plain', [[four, three]], oldImage), 'ip-rewrite');
  });
});

describe.concurrent('the announced one: no script, formed by its last pod', () => {
  test('green, formed by itself, although nodes.conf on disk is stale', async () => {
    const judged = await judge('announced');
    expectGreen(judged);
    expect(judged.formedBy).toBe('already');
  });

  test('nothing announced: ip-rewrite', async () => {
    const edit: Edit = [', --cluster-announce-ip, $(POD_IP)]', ']'];
    expectRed(await judge('announced', [edit]), 'ip-rewrite');
  });

  test('a literal announced: never formed, topology-formed', async () => {
    const judged = await judge('announced', [['$(POD_IP)]', "'{POD_IP}']"]]);
    expect(redChecks(judged.report), judged.output).toEqual(['topology-formed']);
    expect(judged.exitCode, judged.output).toBe(1);
    expect(judged.report.faults).toEqual([]);
  });
});

describe.concurrent('one that a Job forms, with Redis’s own image', () => {
  test('green, formed by the Job: its pod is no server, and nobody waits for it', async () => {
    const judged = await judge('job');
    expectGreen(judged);
    expect(['self', 'already']).toContain(judged.formedBy);
  });

  test('a Job that forms with too few replicas: topology-formed', async () => {
    const judged = await judge('job', [['--cluster-replicas 1', '--cluster-replicas 0']]);
    expect(redChecks(judged.report), judged.output).toEqual(['topology-formed']);
    expect(judged.formedBy).not.toBe('tool');
  });

  test('a Job that does something else: the tool forms, although there is a hook too', async () => {
    const judged = await judge('job', [['redis-cli --cluster create $nodes', 'echo $nodes']]);
    expectGreen(judged);
    expect(judged.formedBy).toBe('tool');
  });
});
