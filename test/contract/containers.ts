import { expect, test } from 'vitest';
import {
  barePod,
  containerOf,
  idle,
  isReady,
  shell,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** A container's life inside its pod: order, probes, hooks, restarts. */
export function containerContract(bench: Workbench): void {
  test('init containers run to their end, one after the other, before the rest', async () => {
    const labels = bench.owns('init');
    const mount = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    const init = (name: string) =>
      shell(`sleep 0.3; echo ${name} >> /shared/order`, { name, ...mount });
    await bench.apply(
      barePod('init', labels, {
        volumes: [{ name: 'shared', emptyDir: {} }],
        initContainers: [init('one'), init('two')],
        containers: [shell(`echo main >> /shared/order; ${idle}`, mount)],
      }),
    );
    await bench.ready('init');
    expect(await bench.sh('init', 'cat /shared/order')).toBe('one\ntwo\nmain');
  });

  test('a restarted container keeps the pod, its address and its emptyDir, not its own files', async () => {
    const labels = bench.owns('restarted');
    await bench.apply(
      barePod('restarted', labels, {
        volumes: [{ name: 'scratch', emptyDir: {} }],
        containers: [
          shell(`echo run >> /scratch/runs; ${idle}`, {
            volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
          }),
        ],
      }),
    );
    const before = await bench.ready('restarted');
    await bench.sh('restarted', 'echo x > /own');
    await bench.sh('restarted', '(sleep 0.2; kill 1) >/dev/null 2>&1 &');
    const after = await bench.pod(
      'restarted',
      'restarted and ready',
      (_, status) => containerOf(status)?.restartCount === 1 && isReady(status),
    );
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(statusOf(after).podIP).toBe(statusOf(before).podIP);
    expect(containerOf(statusOf(after))?.lastState.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
    });
    expect(await bench.sh('restarted', 'cat /scratch/runs; ls /own 2>/dev/null || true')).toBe(
      'run\nrun',
    );
  });

  test('a crashing container backs off, and says with what it ended', async () => {
    const labels = bench.owns('crashing');
    await bench.apply(
      barePod('crashing', labels, { containers: [shell('echo last words >&2; exit 3')] }),
    );
    const pod = await bench.pod('crashing', 'in CrashLoopBackOff', (_, status) => {
      const container = containerOf(status);
      return container?.state.waiting?.reason === 'CrashLoopBackOff' && container.restartCount > 0;
    });
    expect(containerOf(statusOf(pod))?.lastState.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
    });
    expect(statusOf(pod).phase).toBe('Running');
    expect(isReady(statusOf(pod))).toBe(false);
    expect(await bench.logs('crashing')).toBe('last words\n');
    await bench.until('an event about it', async () => {
      const events = await bench.provider.list('Event', null, bench.signal);
      const about = events.filter(
        (event) => (event.involvedObject as { name?: string }).name === 'crashing',
      );
      return about.some((event) => event.reason === 'BackOff') || JSON.stringify(about);
    });
  });

  test('a command without the execute bit does not start: StartError, 128, permission denied', async () => {
    const labels = bench.owns('plainfile');
    const mount = { volumeMounts: [{ name: 'conf', mountPath: '/conf' }] };
    await bench.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'plainfile', labels },
        data: { 'run.sh': '#!/bin/sh\n' },
      },
      barePod('plainfile', labels, {
        containers: [shell('', { command: ['/conf/run.sh'], ...mount })],
        volumes: [{ name: 'conf', configMap: { name: 'plainfile', defaultMode: 0o444 } }],
      }),
    );
    const pod = await bench.pod(
      'plainfile',
      'refused by the runtime',
      (_, status) => containerOf(status)?.lastState.terminated !== undefined,
    );
    expect(containerOf(statusOf(pod))?.lastState.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: expect.stringContaining('permission denied'),
    });
    expect(await bench.logs('plainfile')).toBe('');
  });

  test('restartPolicy Never: a pod fails with its container, and one that succeeds has succeeded', async () => {
    const labels = bench.owns('once');
    const once = (name: string, code: number) =>
      barePod(name, labels, { restartPolicy: 'Never', containers: [shell(`exit ${code}`)] });
    await bench.apply(once('once-bad', 5), once('once-good', 0));
    const bad = await bench.pod('once-bad', 'failed', (_, status) => status.phase === 'Failed');
    expect(containerOf(statusOf(bad))?.state.terminated?.exitCode).toBe(5);
    await bench.pod('once-good', 'succeeded', (_, status) => status.phase === 'Succeeded');
  });

  test('a failing liveness probe restarts the container', async () => {
    const labels = bench.owns('unlively');
    const livenessProbe = {
      exec: { command: ['test', '!', '-f', '/tmp/dead'] },
      periodSeconds: 1,
      failureThreshold: 2,
    };
    await bench.apply(
      barePod('unlively', labels, { containers: [shell(idle, { livenessProbe })] }),
    );
    await bench.ready('unlively');
    await bench.sh('unlively', 'touch /tmp/dead');
    await bench.pod(
      'unlively',
      'restarted and ready',
      (_, status) => containerOf(status)?.restartCount === 1 && isReady(status),
    );
  });

  test('a startup probe holds liveness back until it has passed', async () => {
    const labels = bench.owns('slow');
    const container = shell(`sleep 4; touch /tmp/up; ${idle}`, {
      startupProbe: {
        exec: { command: ['test', '-f', '/tmp/up'] },
        periodSeconds: 1,
        failureThreshold: 30,
      },
      livenessProbe: {
        exec: { command: ['test', '-f', '/tmp/up'] },
        periodSeconds: 1,
        failureThreshold: 1,
      },
    });
    await bench.apply(barePod('slow', labels, { containers: [container] }));
    const pod = await bench.ready('slow');
    expect(containerOf(statusOf(pod))?.restartCount).toBe(0);
  });

  test('readiness follows its probe both ways, over HTTP and TCP too', async () => {
    const labels = bench.owns('probed');
    const server =
      "let ok=200;require('http').createServer((q,s)=>{if(q.url==='/off')ok=503;s.statusCode=ok;s.end()}).listen(8080);process.on('SIGTERM',()=>process.exit())";
    const container = (name: string, readinessProbe: object, script = server) =>
      barePod(name, labels, {
        containers: [
          {
            name: 'main',
            image: 'node:24',
            command: ['node', '-e', script],
            ports: [{ name: 'web', containerPort: 8080 }],
            readinessProbe: { periodSeconds: 1, failureThreshold: 1, ...readinessProbe },
          },
        ],
      });
    await bench.apply(
      container('probed-http', { httpGet: { path: '/', port: 'web' } }),
      container('probed-tcp', { tcpSocket: { port: 8080 } }),
      container('probed-wrong', { tcpSocket: { port: 8081 } }),
    );
    await bench.ready('probed-http');
    await bench.ready('probed-tcp');
    await bench.pod('probed-wrong', 'running', (_, status) => status.phase === 'Running');
    expect(isReady(statusOf((await bench.find('probed-wrong')) ?? ({} as never)))).toBe(false);
    const off = "require('http').get('http://127.0.0.1:8080/off',r=>r.resume())";
    await bench.provider.exec(
      'probed-http',
      'main',
      ['node', '-e', off],
      { timeoutMs: 20_000 },
      bench.signal,
    );
    await bench.pod('probed-http', 'not ready any more', (_, status) => !isReady(status));
  });

  test('postStart runs in the container, and until it is done the pod is not ready', async () => {
    const labels = bench.owns('hooks');
    const lifecycle = {
      postStart: { exec: { command: ['sh', '-c', 'sleep 1; hostname > /tmp/hook'] } },
    };
    await bench.apply(barePod('hooks', labels, { containers: [shell(idle, { lifecycle })] }));
    await bench.ready('hooks');
    expect(await bench.sh('hooks', 'cat /tmp/hook')).toBe('hooks');
  });

  test('a failing postStart hook kills the container', async () => {
    const labels = bench.owns('badhook');
    const lifecycle = { postStart: { exec: { command: ['false'] } } };
    await bench.apply(barePod('badhook', labels, { containers: [shell(idle, { lifecycle })] }));
    await bench.pod(
      'badhook',
      'restarted',
      (_, status) => (containerOf(status)?.restartCount ?? 0) > 0,
    );
  });

  test('an image that is not there leaves the container waiting, with the reason', async () => {
    const labels = bench.owns('imageless');
    const container = {
      name: 'main',
      image: 'contract.invalid/none:1',
      imagePullPolicy: 'Never',
    };
    await bench.apply(barePod('imageless', labels, { containers: [container] }));
    const pod = await bench.pod(
      'imageless',
      'waiting for its image',
      (_, status) => containerOf(status)?.state.waiting?.reason === 'ErrImageNeverPull',
    );
    expect(statusOf(pod).phase).toBe('Pending');
  });

  test('a missing ConfigMap in the environment is a CreateContainerConfigError until it is there', async () => {
    const labels = bench.owns('unconfigured');
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'unconfigured', key: 'a' } } }];
    await bench.apply(barePod('unconfigured', labels, { containers: [shell(idle, { env })] }));
    await bench.pod(
      'unconfigured',
      'waiting for its ConfigMap',
      (_, status) => containerOf(status)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    await bench.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'unconfigured', labels },
      data: { a: 'now' },
    });
    await bench.ready('unconfigured');
    expect(await bench.sh('unconfigured', 'echo $A')).toBe('now');
  });
}
