import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPod, podBundleLimitBytes, stubText } from '../../scripts/build.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rkc-bundle-'));
  await buildPod(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Starts the bundle alone in a folder without any node_modules. */
function start(program: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(dir, 'pod.cjs'), ...program], { cwd: dir, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exit = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { child, exit, output: () => output };
}

describe('pod.cjs', () => {
  it('is small enough for a ConfigMap', async () => {
    const { size } = await stat(join(dir, 'pod.cjs'));
    expect(size).toBeGreaterThan(20_000);
    expect(size).toBeLessThanOrEqual(podBundleLimitBytes);
  });

  it('builds to the same bytes again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'rkc-bundle-'));
    try {
      await copyFile(join(dir, 'pod.cjs'), join(again, 'first.cjs'));
      await buildPod(again);
      const { readFile } = await import('node:fs/promises');
      const [first, second] = await Promise.all(
        ['first.cjs', 'pod.cjs'].map((name) => readFile(join(again, name))),
      );
      expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
    } finally {
      await rm(again, { recursive: true, force: true });
    }
  });

  it.each([
    ['hit-counter', { PORT: '0', REDIS_HOST: '127.0.0.1', REDIS_PORT: '1' }],
    ['observer', { PORT: '0' }],
  ])('runs %s with Node and nothing else, and ends with 0 on SIGTERM', async (program, env) => {
    const { child, exit, output } = start([program], env);
    try {
      await expect.poll(output, { timeout: 10_000 }).toMatch(/listens on port \d+/);
      const port = /port (\d+)/.exec(output())?.[1];
      const healthy = await fetch(`http://127.0.0.1:${port}/healthz`);
      expect([healthy.status, await healthy.text()]).toEqual([200, 'ok\n']);
      child.kill('SIGTERM');
      expect(await exit).toMatchObject({ code: 0 });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    [[], {}, 64, /usage: node pod.cjs hit-counter\|observer/],
    [['hit-counter'], {}, 64, /REDIS_HOST is not set/],
    [['hit-counter'], { REDIS_HOST: 'x', PORT: 'five' }, 64, /PORT must be a whole number/],
    [
      ['hit-counter'],
      { REDIS_HOST: 'x', REDIS_MODE: 'y' },
      64,
      /cluster, single, sentinel, not 'y'/,
    ],
  ])('%j with %j exits %i and says why', async (program, env, code, message) => {
    const ended = await start(program, env).exit;
    expect(ended.code).toBe(code);
    expect(ended.output).toMatch(message);
  });
});

describe('the stubs', () => {
  it('are JavaScript that the oldest Node can read, and send it away with 3', () => {
    const text = stubText('runCli');
    expect(text).not.toMatch(/=>|const |let |`|\?\.|\bimport\b|async/);
    expect(text).toContain('process.exitCode = 3');
    expect(text).toContain('needs Node 24');
  });
});
