import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorkspace, runTool } from '../../support/run-tool.ts';

/**
 * Goal: `doctor` tries for real and names the step that failed. Method: programs that fail as they do
 * elsewhere, found first on PATH.
 */
async function doctor(scripts: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'rkc-doctor-'));
  try {
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    using workspace = openWorkspace();
    workspace.env.PATH = `${folder}:${process.env.PATH}`;
    const { stdout, exitCode } = await runTool(workspace, ['doctor', '--json']);
    const { diagnoses } = JSON.parse(stdout) as {
      diagnoses: { provider: string; ok: boolean; detail: string; remedy: string | null }[];
    };
    const of = (name: string) => diagnoses.find(({ provider }) => provider === name);
    return { exitCode, embedded: of('embedded'), kind: of('kind') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The real one, from a script that stands before it on PATH. */
const real = (name: string) =>
  `for d in /usr/sbin /sbin /usr/bin /bin; do [ -x $d/${name} ] && exec $d/${name} "$@"; done`;
const noDocker = {
  docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1',
  podman: 'exit 1',
};

test('where everything works it says so', async () => {
  const { embedded, exitCode } = await doctor({ unshare: real('unshare') });
  expect(embedded).toMatchObject({ ok: true, remedy: null });
  expect(exitCode).toBe(0);
});

test('unshare refused: namespaces failed, and what to do', async () => {
  const { embedded } = await doctor({
    unshare: 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1',
  });
  expect(embedded?.ok).toBe(false);
  expect(embedded?.detail).toContain('making namespaces failed: unshare: unshare failed');
  expect(embedded?.remedy).toContain('--provider kind');
});

test.each([
  ['mount', 'echo "mount: permission denied." >&2; exit 32', /^mounting in a namespace failed/],
  [
    'nft',
    'cat >/dev/null; echo "Error: Operation not supported" >&2; exit 1',
    /^loading Service rules/,
  ],
  ['ip', 'echo "RTNETLINK answers: Operation not supported" >&2; exit 2', /^making a link/],
])('%s fails: its step is named with what it said', async (name, script, detail) => {
  const { embedded } = await doctor({ [name]: script });
  expect(embedded?.ok).toBe(false);
  expect(embedded?.detail).toMatch(detail);
  expect(embedded?.detail).toMatch(/permission denied|Operation not supported/);
});

test('neither embedded nor Docker: exit 3, with a remedy for each', async () => {
  const { embedded, kind, exitCode } = await doctor({
    unshare: 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1',
    ...noDocker,
  });
  expect(exitCode).toBe(3);
  expect(embedded?.ok).toBe(false);
  expect(kind).toMatchObject({ ok: false });
  expect(kind?.detail).toContain('Cannot connect to the Docker daemon');
  expect(kind?.remedy).toContain('Docker');
});
