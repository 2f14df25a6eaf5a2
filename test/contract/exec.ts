import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { InfrastructureError } from '../../src/model/errors.ts';
import { barePod, containerOf, idle, shell, type Workbench } from './workbench.ts';

/** exec and logs: what goes in, what comes out, how it ends. */
export function execContract(bench: Workbench): void {
  const run = (pod: string, argv: string[], stdin?: Buffer, timeoutMs = 20_000) =>
    bench.provider.exec(
      pod,
      'main',
      argv,
      { timeoutMs, ...(stdin ? { stdin } : {}) },
      bench.signal,
    );

  test('exec gives the exit code and both outputs apart, and starts no shell', async () => {
    const labels = bench.owns('execcode');
    await bench.apply(barePod('execcode', labels, { containers: [shell(idle)] }));
    await bench.ready('execcode');
    const seven = await run('execcode', ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(seven.exitCode).toBe(7);
    expect(seven.stdout.toString()).toBe('out\n');
    expect(seven.stderr.toString()).toBe('err\n');
    const zero = await run('execcode', ['printf', '%s|', '$HOME', 'a b', '*']);
    expect(zero).toMatchObject({ exitCode: 0 });
    expect(zero.stdout.toString()).toBe('$HOME|a b|*|');
    const killed = await run('execcode', ['sh', '-c', 'kill -9 $$']);
    expect(killed.exitCode).toBe(137);
  });

  test('exec is binary-safe both ways, also for more than a pipe holds', async () => {
    const labels = bench.owns('execbinary');
    await bench.apply(barePod('execbinary', labels, { containers: [shell(idle)] }));
    await bench.ready('execbinary');
    const bytes = randomBytes(300_000);
    const result = await run('execbinary', ['head', '-c', '300000'], bytes);
    expect(result.exitCode).toBe(0);
    expect(result.stdout.equals(bytes)).toBe(true);
  });

  test('exec past its time is an error that says so, and the next one works', async () => {
    const labels = bench.owns('execslow');
    await bench.apply(barePod('execslow', labels, { containers: [shell(idle)] }));
    await bench.ready('execslow');
    const slow = run('execslow', ['sleep', '3333'], undefined, 1500); // ends long before the sleep
    await expect(slow).rejects.toThrow(/1500 ms/);
    await expect(slow).rejects.toBeInstanceOf(InfrastructureError);
    expect((await run('execslow', ['true'])).exitCode).toBe(0);
  });

  test('exec in a container that is not there is an error', async () => {
    const labels = bench.owns('execnone');
    await bench.apply(barePod('execnone', labels, { containers: [shell(idle)] }));
    await bench.ready('execnone');
    const none = bench.provider.exec(
      'execnone',
      'other',
      ['true'],
      { timeoutMs: 9000 },
      bench.signal,
    );
    await expect(none).rejects.toBeInstanceOf(InfrastructureError);
    await expect(run('execnothing', ['true'])).rejects.toBeInstanceOf(InfrastructureError);
  });

  test("exec runs as the container's user, in its folder, with its environment", async () => {
    const labels = bench.owns('execuser');
    const container = shell(idle, {
      workingDir: '/tmp',
      env: [{ name: 'COLOUR', value: 'blue' }],
      securityContext: { runAsUser: 999, runAsGroup: 999 },
    });
    await bench.apply(barePod('execuser', labels, { containers: [container] }));
    await bench.ready('execuser');
    const rootless = bench.provider
      .environment()
      .fidelity.some((line) => line.includes('plain user'));
    const inside = await bench.sh('execuser', 'id -u; id -g; pwd; echo $COLOUR; hostname');
    const user = rootless ? '0\n0' : '999\n999';
    expect(inside).toBe(`${user}\n/tmp\nblue\nexecuser`);
  });

  test('logs have both outputs in order, with times when asked', async () => {
    const labels = bench.owns('logged');
    // A line without its end is not in a real cluster's log until the process ends.
    const script = `echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; ${idle}`;
    await bench.apply(barePod('logged', labels, { containers: [shell(script)] }));
    await bench.ready('logged');
    await bench.until('three lines', async () => {
      const text = await bench.logs('logged');
      return text.trimEnd() === 'one\ntwo\nthree' || text;
    });
    const stamped = await bench.provider.logs('logged', 'main', { timestamps: true }, bench.signal);
    const lines = stamped.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) one$/);
    expect(lines[1]).toMatch(/ two$/);
  });

  test('logs of the previous instance are kept when a container restarts', async () => {
    const labels = bench.owns('relogged');
    const script = `[ -f /scratch/was ] && { echo second; ${idle}; }; touch /scratch/was; echo first; exit 1`;
    await bench.apply(
      barePod('relogged', labels, {
        volumes: [{ name: 'scratch', emptyDir: {} }],
        containers: [shell(script, { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] })],
      }),
    );
    await bench.pod(
      'relogged',
      'running again',
      (_, status) => containerOf(status)?.restartCount === 1 && containerOf(status)?.ready === true,
    );
    const previous = await bench.provider.logs(
      'relogged',
      'main',
      { previous: true },
      bench.signal,
    );
    expect(previous).toBe('first\n');
    expect(await bench.logs('relogged')).toBe('second\n');
  });

  test('logs of a container that never started are empty', async () => {
    const labels = bench.owns('unlogged');
    const init = shell(idle, { name: 'first' });
    await bench.apply(
      barePod('unlogged', labels, { initContainers: [init], containers: [shell(idle)] }),
    );
    await bench.pod('unlogged', 'pending', (_, status) => status.phase === 'Pending');
    expect(await bench.logs('unlogged')).toBe('');
  });
}
