import { expect, test } from 'vitest';
import {
  barePod,
  dataClaim,
  dataMount,
  idle,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** The kubelet brings a changed ConfigMap to a running pod within its sync period and cache time. */
const configSyncMs = 150_000;

/** Environment, ConfigMaps, Secrets, claims and other volumes. */
export function configurationContract(bench: Workbench): void {
  const configMap = (
    name: string,
    labels: Record<string, string>,
    data: Record<string, string>,
  ) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data,
  });

  test('environment from values, fields, ConfigMaps and Secrets, with $(VAR) expanded', async () => {
    const labels = bench.owns('env');
    await bench.apply(
      configMap('env', labels, { colour: 'red', SIZE: 'xl' }),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'env', labels },
        stringData: { password: 'p$(A)"x' },
      },
      barePod(
        'env',
        { ...labels, tier: 'top' },
        {
          containers: [
            shell(idle, {
              args: ['--', 'x$(A)$$(A)$(NOPE)'],
              envFrom: [{ prefix: 'CM_', configMapRef: { name: 'env' } }],
              env: [
                { name: 'A', value: 'one' },
                { name: 'B', value: '$(A)-two-$(UNKNOWN)-$$(A)' },
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'NS', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
                { name: 'TIER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
                { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'env', key: 'colour' } } },
                { name: 'PASS', valueFrom: { secretKeyRef: { name: 'env', key: 'password' } } },
                {
                  name: 'MAYBE',
                  valueFrom: { configMapKeyRef: { name: 'env', key: 'none', optional: true } },
                },
              ],
            }),
          ],
        },
      ),
    );
    const pod = await bench.ready('env');
    const read = (name: string) => bench.sh('env', `printf %s "$${name}"`);
    expect(await read('B')).toBe('one-two-$(UNKNOWN)-$(A)');
    expect(await read('POD_IP')).toBe(statusOf(pod).podIP);
    expect(await read('POD')).toBe('env');
    expect(await read('NS')).toBe(bench.provider.namespace);
    expect(await read('TIER')).toBe('top');
    expect(await read('COLOUR')).toBe('red');
    expect(await read('PASS')).toBe('p$(A)"x');
    expect(await read('CM_SIZE')).toBe('xl');
    expect(await bench.sh('env', 'echo ${MAYBE-unset}')).toBe('unset');
    const command = await bench.sh('env', 'tr "\\0" "\\n" < /proc/1/cmdline | tail -1');
    expect(command).toBe('xone$(A)$(NOPE)');
  });

  test('files of a ConfigMap and a Secret: modes, chosen items, read-only, one file by subPath', async () => {
    const labels = bench.owns('files');
    await bench.apply(
      configMap('files', labels, { 'run.sh': '#!/bin/sh\necho ran\n', 'other.conf': 'other\n' }),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'files', labels },
        data: { key: Buffer.from('s3cret').toString('base64') },
      },
      barePod('files', labels, {
        volumes: [
          { name: 'scripts', configMap: { name: 'files', defaultMode: 0o755 } },
          {
            name: 'chosen',
            configMap: { name: 'files', items: [{ key: 'other.conf', path: 'deep/renamed.conf' }] },
          },
          { name: 'secret', secret: { secretName: 'files', defaultMode: 0o400 } },
        ],
        containers: [
          shell(idle, {
            volumeMounts: [
              { name: 'scripts', mountPath: '/scripts' },
              { name: 'chosen', mountPath: '/chosen' },
              { name: 'secret', mountPath: '/secret', readOnly: true },
              { name: 'scripts', mountPath: '/usr/local/etc/one.conf', subPath: 'other.conf' },
            ],
          }),
        ],
      }),
    );
    await bench.ready('files');
    expect(await bench.sh('files', '/scripts/run.sh')).toBe('ran');
    expect(await bench.sh('files', 'stat -Lc %a /scripts/run.sh')).toBe('755');
    expect(await bench.sh('files', 'ls /chosen; cat /chosen/deep/renamed.conf')).toBe(
      'deep\nother',
    );
    expect(await bench.sh('files', 'cat /secret/key; stat -Lc " %a" /secret/key')).toBe(
      's3cret 400',
    );
    expect(await bench.sh('files', 'cat /usr/local/etc/one.conf')).toBe('other');
    const write = 'echo x > /scripts/new 2>/dev/null && echo written || echo refused';
    expect(await bench.sh('files', write)).toBe('refused');
  });

  test('a changed ConfigMap reaches new pods at once and a running one after a while', async () => {
    const labels = bench.owns('changed');
    const set = statefulSet('changed', labels, {
      replicas: 2,
      podManagementPolicy: 'Parallel',
      pod: {
        volumes: [{ name: 'config', configMap: { name: 'changed' } }],
        containers: [
          shell(idle, {
            volumeMounts: [{ name: 'config', mountPath: '/config' }],
            env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'changed', key: 'x' } } }],
          }),
        ],
      },
    });
    await bench.apply(configMap('changed', labels, { x: 'old' }), set);
    await bench.ready('changed-0');
    const first = await bench.ready('changed-1');
    await bench.apply(configMap('changed', labels, { x: 'new' }));
    await bench.deletePod(first, null);
    await bench.ready('changed-1', first);
    expect(await bench.sh('changed-1', 'cat /config/x; echo " $X"')).toBe('new new');
    await bench.until(
      'the new file in the running pod',
      async () => {
        const seen = await bench.sh('changed-0', 'cat /config/x');
        return seen === 'new' || seen;
      },
      configSyncMs,
    );
    expect(await bench.sh('changed-0', 'echo $X')).toBe('old');
  });

  test('a claim outlives its pod and its StatefulSet', async () => {
    const labels = bench.owns('claimed');
    const set = statefulSet(
      'claimed',
      { ...labels, part: 'set' },
      {
        volumeClaimTemplates: [dataClaim(labels)],
        pod: { containers: [shell(idle, { volumeMounts: [dataMount] })] },
      },
    );
    await bench.apply(set);
    await bench.ready('claimed-0');
    await bench.sh('claimed-0', 'echo mine > /data/file');
    const [claim] = await bench.provider.list(
      'PersistentVolumeClaim',
      'contract-test=claimed',
      bench.signal,
    );
    expect(claim?.metadata.name).toBe('data-claimed-0');
    expect(claim?.status).toMatchObject({ phase: 'Bound' });
    await bench.provider.remove('part=set', bench.signal);
    await bench.until(
      'the pod to be gone',
      async () => (await bench.find('claimed-0')) === undefined || 'there',
    );
    await bench.apply(set);
    await bench.ready('claimed-0');
    expect(await bench.sh('claimed-0', 'cat /data/file')).toBe('mine');
  });

  test('a pod whose claim is missing stays pending and unschedulable', async () => {
    const labels = bench.owns('claimless');
    await bench.apply(
      barePod('claimless', labels, {
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'claimless' } }],
        containers: [shell(idle, { volumeMounts: [dataMount] })],
      }),
    );
    const pod = await bench.pod('claimless', 'unschedulable', (_, status) =>
      (status.conditions ?? []).some(
        (condition) =>
          condition.type === 'PodScheduled' &&
          condition.status === 'False' &&
          Reflect.get(condition, 'reason') === 'Unschedulable',
      ),
    );
    expect(statusOf(pod).phase).toBe('Pending');
    await bench.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claimless', labels },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
    });
    await bench.ready('claimless');
  });

  test('fsGroup and runAsUser: the user may write to its volumes and its own output', async () => {
    const labels = bench.owns('owned');
    await bench.apply(
      barePod('owned', labels, {
        securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999, runAsNonRoot: true },
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          shell(`echo to-stdout > /dev/stdout; ${idle}`, {
            volumeMounts: [dataMount],
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
          }),
        ],
      }),
    );
    await bench.ready('owned');
    await bench.sh('owned', 'echo x > /data/x && test -s /data/x');
    expect(await bench.logs('owned')).toBe('to-stdout\n');
  });

  test('a read-only root refuses writes, its volumes do not', async () => {
    const labels = bench.owns('readonly');
    await bench.apply(
      barePod('readonly', labels, {
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          shell(idle, {
            volumeMounts: [dataMount],
            securityContext: { readOnlyRootFilesystem: true },
          }),
        ],
      }),
    );
    await bench.ready('readonly');
    const write = (path: string) => `echo x 2>/dev/null > ${path} && echo written || echo refused`;
    expect(await bench.sh('readonly', `(${write('/x')}) 2>/dev/null`)).toBe('refused');
    expect(await bench.sh('readonly', write('/data/x'))).toBe('written');
  });

  test("the image's own command and entrypoint run where the manifest names none", async () => {
    const labels = bench.owns('stock');
    const stock = { name: 'main', image: 'redis:8.0', args: ['--port', '6380', '--save', ''] };
    await bench.apply(barePod('stock', labels, { containers: [stock] }));
    await bench.ready('stock');
    await bench.until('PONG', async () => {
      const answer = await bench.sh('stock', 'redis-cli -p 6380 ping 2>&1 || true');
      return answer === 'PONG' || answer;
    });
    expect(await bench.sh('stock', 'pwd')).toBe('/data');
    expect(await bench.sh('stock', 'ps -o comm= -p 1 2>/dev/null || cat /proc/1/comm')).toBe(
      'redis-server',
    );
  });
}
