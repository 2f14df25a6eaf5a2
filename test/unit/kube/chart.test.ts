import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderChart } from '../../../src/kube/render/chart.ts';
import { InfrastructureError, UsageError } from '../../../src/model/errors.ts';

/**
 * Goal: what helm says is said, with the values file that it is about, and without helm there is a way on.
 * Method: a program of that name which says what helm says; helm itself renders the same chart in e2e.
 */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rkc-chart-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chartFolder = join(import.meta.dirname, '..', '..', 'fixtures', 'chart', 'single');

async function rendered(script: string | null, change: { values?: string[]; path?: string } = {}) {
  if (script !== null) {
    writeFileSync(join(folder, 'helm'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'helm'), 0o755);
  } else rmSync(join(folder, 'helm'), { force: true });
  const chart = { path: chartFolder, values: [], set: ['password=hunter2'], namespace: 'ns' };
  return renderChart({ ...chart, ...change }, { env: { PATH: folder } });
}
const errorOf = async (...args: Parameters<typeof rendered>) =>
  rendered(...args).then(
    () => null,
    (error: unknown) => error as Error & { position?: object },
  );

describe('a chart', () => {
  test('is rendered by helm, hooks in order and definitions with it', async () => {
    const echo = `printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x}\\ndata: {args: "%s"}\\n' "$*"`;
    const { objects } = await rendered(echo);
    expect((objects[0] as unknown as { data: { args: string } }).data.args).toBe(
      `template single ${chartFolder} --namespace ns --include-crds --set password=hunter2`,
    );
  });
  test('that does not render: exit 64 with helm’s words, and no value', async () => {
    const error = await errorOf(
      "echo 'Error: execution error at (x.yaml:3:4): image must be set' >&2; exit 1",
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('execution error at (x.yaml:3:4): image must be set');
    expect(error?.message).not.toContain('hunter2');
  });
  test('whose values file is wrong: its line', async () => {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, 'a: 1\nb: [\n');
    const error = await errorOf(
      `echo "Error: failed to parse ${file}: yaml: line 2: did not find expected node content" >&2; exit 1`,
      { values: [file] },
    );
    expect(error?.position).toEqual({ file, line: 2, column: 1 });
  });
  test('that is not there, values that are not there, a URL, nothing in it', async () => {
    const path = join(folder, 'nowhere');
    expect((await errorOf('exit 0', { path }))?.message).toContain(
      'there is no such folder or file',
    );
    expect((await errorOf('exit 0', { values: [path] }))?.message).toContain(
      'there is no such file',
    );
    expect((await errorOf('exit 0', { path: 'oci://x/y' }))?.message).toContain('helm pull');
    expect((await errorOf('exit 0'))?.message).toContain('no Kubernetes object');
  });
  test('without helm: both ways on', async () => {
    const error = await errorOf(null);
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error?.message).toMatch(/helm is not on PATH.*helm template single .*--manifests/);
  });
});
