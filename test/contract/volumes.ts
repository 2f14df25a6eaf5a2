import { expect, test } from 'vitest';
import {
  barePod,
  dataMount,
  idle,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** Volumes beyond the plain ones: projected, of a service account, parts of a claim, optional. */
export function volumeContract(bench: Workbench): void {
  const config = (name: string, labels: Record<string, string>, data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data,
  });

  test('a projected volume has files of all its sources in one folder', async () => {
    const labels = bench.owns('projected');
    await bench.apply(
      config('projected', labels, { 'redis.conf': 'port 7000\n', unused: 'x' }),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'projected', labels },
        stringData: { password: 's3cret' },
      },
      barePod(
        'projected',
        { ...labels, tier: 'top' },
        {
          volumes: [
            {
              name: 'all',
              projected: {
                defaultMode: 0o440,
                sources: [
                  {
                    configMap: {
                      name: 'projected',
                      items: [{ key: 'redis.conf', path: 'etc/redis.conf' }],
                    },
                  },
                  {
                    secret: {
                      name: 'projected',
                      items: [{ key: 'password', path: 'password', mode: 0o400 }],
                    },
                  },
                  {
                    downwardAPI: {
                      items: [
                        { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
                        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                      ],
                    },
                  },
                  { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
                  { configMap: { name: 'projected-none', optional: true } },
                ],
              },
            },
          ],
          containers: [shell(idle, { volumeMounts: [{ name: 'all', mountPath: '/all' }] })],
        },
      ),
    );
    await bench.ready('projected');
    expect(await bench.sh('projected', 'ls /all; cat /all/etc/redis.conf')).toBe(
      'etc\nlabels\nname\npassword\ntoken\nport 7000',
    );
    expect(await bench.sh('projected', 'cat /all/password; stat -Lc " %a" /all/password')).toBe(
      's3cret 400',
    );
    expect(await bench.sh('projected', 'stat -Lc %a /all/etc/redis.conf; cat /all/name')).toBe(
      '440\nprojected',
    );
    expect(await bench.sh('projected', 'cat /all/labels')).toContain('tier="top"');
    expect(await bench.sh('projected', 'cut -c1-3 /all/token')).toBe('eyJ');
  });

  test("a pod finds its service account's namespace and token, unless it wants none", async () => {
    const labels = bench.owns('account');
    await bench.apply(
      barePod('account', labels, { containers: [shell(idle)] }),
      barePod('accountless', labels, {
        automountServiceAccountToken: false,
        containers: [shell(idle)],
      }),
    );
    await bench.ready('account');
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    expect(await bench.sh('account', `cat ${folder}/namespace`)).toBe(bench.provider.namespace);
    expect(await bench.sh('account', `cut -c1-3 ${folder}/token`)).toBe('eyJ');
    await bench.ready('accountless');
    expect(await bench.sh('accountless', `ls ${folder} 2>/dev/null || echo none`)).toBe('none');
  });

  test('an optional ConfigMap that is not there is an empty folder', async () => {
    const labels = bench.owns('optional');
    await bench.apply(
      barePod('optional', labels, {
        volumes: [{ name: 'data', configMap: { name: 'optional-none', optional: true } }],
        containers: [shell(idle, { volumeMounts: [dataMount] })],
      }),
    );
    await bench.ready('optional');
    expect(await bench.sh('optional', 'ls /data | wc -l')).toBe('0');
  });

  test('a missing ConfigMap of a volume keeps the pod from starting, with an event', async () => {
    const labels = bench.owns('unmounted');
    await bench.apply(
      barePod('unmounted', labels, {
        volumes: [{ name: 'data', configMap: { name: 'unmounted' } }],
        containers: [shell(idle, { volumeMounts: [dataMount] })],
      }),
    );
    await bench.until('an event that says so', async () => {
      const events = await bench.provider.list('Event', null, bench.signal);
      const failed = events.filter((event) => event.reason === 'FailedMount');
      const messages = failed.map((event) => String(event.message)).join('\n');
      return messages.includes('configmap "unmounted" not found') || messages;
    });
    const pod = await bench.find('unmounted');
    expect(pod && statusOf(pod).phase).toBe('Pending');
  });

  test('subPath mounts a folder of a volume, made when it is not there', async () => {
    const labels = bench.owns('subpath');
    await bench.apply(
      barePod('subpath', labels, {
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          shell(idle, {
            volumeMounts: [
              { ...dataMount, subPath: 'inner/deep' },
              { name: 'data', mountPath: '/whole', readOnly: true },
            ],
          }),
        ],
      }),
    );
    await bench.ready('subpath');
    expect(await bench.sh('subpath', 'echo x > /data/f; ls /whole/inner/deep')).toBe('f');
    const write = '(echo x > /whole/g) 2>/dev/null && echo written || echo refused';
    expect(await bench.sh('subpath', write)).toBe('refused');
  });

  test('subPathExpr names the folder by a variable, so that pods may share a claim', async () => {
    const labels = bench.owns('subexpr');
    await bench.apply(
      barePod('subexpr', labels, {
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          shell(idle, {
            env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            volumeMounts: [
              { ...dataMount, subPathExpr: 'of-$(POD)' },
              { name: 'data', mountPath: '/whole' },
            ],
          }),
        ],
      }),
    );
    await bench.ready('subexpr');
    expect(await bench.sh('subexpr', 'touch /data/f; ls /whole /whole/of-subexpr')).toBe(
      '/whole:\nof-subexpr\n\n/whole/of-subexpr:\nf',
    );
  });

  test('an emptyDir in memory is a tmpfs of its own', async () => {
    const labels = bench.owns('memory');
    await bench.apply(
      statefulSet('memory', labels, {
        pod: {
          volumes: [{ name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } }],
          containers: [shell(idle, { volumeMounts: [dataMount] })],
        },
      }),
    );
    await bench.ready('memory-0');
    expect(await bench.sh('memory-0', 'echo x > /data/x; stat -f -c %T /data')).toBe('tmpfs');
  });
}
