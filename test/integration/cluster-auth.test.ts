import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import {
  finding,
  openWorkspace,
  readReport,
  redChecks,
  type StoredReport,
  type ToolResult,
  type Workspace,
} from '../support/run-tool.ts';

/**
 * Goal: the shipped cluster behind a password survives a held master delete, and nobody reads the
 * password anywhere. Method: one run with a password of ours, full of what configurations and shells
 * trip over; what it leaves, and the process list meanwhile, are searched for it.
 */
const password = String.raw`a"b\c$d'e;f#g`;

describe('cluster-auth', () => {
  let workspace: Workspace;
  let result: ToolResult;
  let stored: StoredReport;
  const seen = new Set<string>();
  beforeAll(async () => {
    const own = openWorkspace();
    workspace = { ...own, env: { ...own.env, RKC_TEST_PASSWORD: password } };
    const look = setInterval(() => {
      for (const line of commandLines()) seen.add(line);
    }, 50);
    const args = ['--provider', 'embedded', '--topology', 'cluster-auth', '--node-timeout', '2s'];
    const rest = ['--auth', 'env:RKC_TEST_PASSWORD', '--rate', '80'];
    result = await runForVerdict(workspace, ['run', ...args, ...rest]).finally(() =>
      clearInterval(look),
    );
    stored = readReport(workspace.reportDir);
  });
  afterAll(() => workspace[Symbol.dispose]());

  test('passes: formed by itself, promoted, and every server refuses a client without the password', () => {
    expect(redChecks(stored.report), result.stderr + result.stdout).toEqual([]);
    expect(result.exitCode).toBe(0);
    expect(stored.report.faults[0]?.mode).toBe('promoted');
    const formed = stored.events.find((event) => event.kind === 'formed');
    expect(['self', 'already']).toContain(formed?.kind === 'formed' ? formed.by : null);
    expect(finding(stored.report, 'auth-enforced').verdict).toBe('pass');
  });

  test('announces its address: no start script has to rewrite one', () => {
    expect(finding(stored.report, 'ip-rewrite').verdict).toBe('pass');
    const [fault] = stored.report.faults;
    expect(fault?.newIp).not.toBe(fault?.oldIp);
  });

  test('its hook made one cluster', () => {
    const log = stored.file('logs/redis-cluster-5.redis.log');
    expect(log.match(/form\.sh: making a cluster/g)).toHaveLength(1);
  });

  test('the password is in no argument, no output and no file that is left', () => {
    expect([...seen].some((line) => line.includes('redis-server'))).toBe(true);
    const texts = [
      ...seen,
      result.stdout,
      result.stderr,
      ...filesBelow(workspace.dir).map((path) => readFileSync(path, 'latin1')),
    ];
    for (const form of [password, JSON.stringify(password).slice(1, -1), base64(password)]) {
      expect(texts.filter((text) => text.includes(form))).toEqual([]);
    }
  });
});

/** Every process of this machine, those in the pods' namespaces included. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // it has ended
      }
    });
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
