import { expect, test } from 'vitest';
import {
  barePod,
  idle,
  isReady,
  service,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** Answers its own host name to every connection. */
const whoami = `require('net').createServer(c=>c.on('error',()=>{}).end(require('os').hostname())).listen(7000);process.on('SIGTERM',()=>process.exit())`;
const named = (port: number, name: string) => ({
  name: 'main',
  image: 'node:24',
  command: ['node', '-e', whoami.replace('7000', String(port))],
  ports: [{ name, containerPort: port }],
  readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
});

/** Names and Services beyond the plain ones. */
export function nameContract(bench: Workbench): void {
  const node = async (pod: string, script: string): Promise<string> => {
    const argv = ['node', '-e', script];
    const options = { timeoutMs: 20_000 };
    const result = await bench.provider.exec(pod, 'main', argv, options, bench.signal);
    return (result.stdout.toString() + result.stderr.toString()).trim();
  };
  /** Host names that answer so many connections, one after the other. */
  const answers = async (pod: string, host: string, port: number, count: number) =>
    (
      await node(
        pod,
        `const one=()=>new Promise(r=>{let t='';require('net').connect(${port},'${host}').on('data',d=>t+=d).on('error',e=>r(e.code)).on('close',()=>r(t))});(async()=>{for(let i=0;i<${count};i++)console.log(await one())})()`,
      )
    ).split('\n');

  test('session affinity ClientIP keeps a client at one pod; without it connections spread', async () => {
    const labels = bench.owns('sticky');
    const ports = [{ port: 80, targetPort: 'web' }];
    const selector = { app: 'sticky' };
    await bench.apply(
      service('sticky', labels, { ports, sessionAffinity: 'ClientIP' }),
      service('loose', labels, { ports, selector }),
      statefulSet('sticky', labels, {
        replicas: 3,
        podManagementPolicy: 'Parallel',
        pod: { containers: [named(7000, 'web')] },
      }),
    );
    for (const index of [0, 1, 2]) await bench.ready(`sticky-${index}`);
    await bench.until('all pods behind the loose Service', async () => {
      const seen = new Set(await answers('sticky-0', 'loose', 80, 24));
      return seen.size === 3 || [...seen].join();
    });
    await bench.until('one pod behind the sticky Service', async () => {
      const seen = new Set(await answers('sticky-0', 'sticky', 80, 12));
      return (seen.size === 1 && [...seen][0]?.startsWith('sticky-') === true) || [...seen].join();
    });
    const [first] = await answers('sticky-0', 'sticky', 80, 1);
    expect(new Set(await answers('sticky-0', 'sticky', 80, 12))).toEqual(new Set([first]));
  });

  test('SRV records name port and pod of a headless Service', async () => {
    const labels = bench.owns('srv');
    await bench.apply(
      service('srv', labels, {
        clusterIP: 'None',
        ports: [{ name: 'web', port: 80, targetPort: 'web' }],
      }),
      statefulSet('srv', labels, { pod: { containers: [named(7000, 'web')] } }),
    );
    await bench.ready('srv-0');
    const domain = `srv.${bench.provider.namespace}.svc.cluster.local`;
    const script = `require('dns').resolveSrv('_web._tcp.${domain}',(e,r)=>console.log(e?e.code:r.map(x=>x.name+' '+x.port).join()))`;
    await bench.until('its record', async () => {
      const seen = await node('srv-0', script);
      return seen === `srv-0.${domain} 7000` || seen;
    });
  });

  test('a target port by name is looked up in each pod', async () => {
    const labels = { ...bench.owns('byname'), app: 'byname' };
    await bench.apply(
      service('byname', labels, { ports: [{ port: 80, targetPort: 'web' }] }),
      barePod('byname-a', labels, { containers: [named(7001, 'web')] }),
      barePod('byname-b', labels, { containers: [named(7002, 'web')] }),
    );
    await bench.ready('byname-a');
    await bench.ready('byname-b');
    await bench.until('both pods', async () => {
      const seen = [...new Set(await answers('byname-a', 'byname', 80, 16))].sort().join();
      return seen === 'byname-a,byname-b' || seen;
    });
  });

  test('dnsConfig adds search domains, and its options win', async () => {
    const labels = bench.owns('resolver');
    await bench.apply(
      service('resolved', labels, { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] }),
      barePod('resolver', labels, {
        hostname: 'host-a',
        subdomain: 'resolved',
        dnsConfig: {
          searches: [`resolved.${bench.provider.namespace}.svc.cluster.local`],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
        containers: [shell(idle)],
      }),
    );
    await bench.ready('resolver');
    const file = await bench.sh('resolver', 'cat /etc/resolv.conf');
    expect(file).toMatch(/^options .*ndots:2/m);
    expect(file).toMatch(/^options .*edns0/m);
    expect(file).not.toContain('ndots:5');
    expect(file).toMatch(/^search .*svc\.cluster\.local .*resolved\./m);
    await bench.until('a name by the added domain', async () => {
      const seen = await bench.sh('resolver', 'getent ahostsv4 host-a || true');
      return /\d/.test(seen) || `"${seen}"`;
    });
  });

  test('dnsPolicy None takes the resolver from the manifest alone', async () => {
    const labels = bench.owns('ownresolver');
    await bench.apply(
      barePod('ownresolver', labels, {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['192.0.2.1'], searches: ['example.test'] },
        containers: [shell(idle)],
      }),
    );
    await bench.ready('ownresolver');
    const file = await bench.sh('ownresolver', 'cat /etc/resolv.conf');
    expect(file.split('\n').sort().join('\n')).toBe('nameserver 192.0.2.1\nsearch example.test');
  });

  test('hostAliases are names in /etc/hosts', async () => {
    const labels = bench.owns('aliased');
    await bench.apply(
      barePod('aliased', labels, {
        hostAliases: [{ ip: '192.0.2.7', hostnames: ['cache.test', 'cache'] }],
        containers: [shell(idle)],
      }),
    );
    const pod = await bench.ready('aliased');
    for (const name of ['cache.test', 'cache']) {
      expect(await bench.sh('aliased', `getent hosts ${name}`)).toContain('192.0.2.7');
    }
    expect(await bench.sh('aliased', 'getent hosts aliased')).toContain(statusOf(pod).podIP);
  });

  test('a Service without a selector serves the EndpointSlice that was made for it', async () => {
    const labels = bench.owns('manual');
    await bench.apply(
      service('by-hand', labels, { selector: undefined, ports: [{ name: 'web', port: 80 }] }),
      barePod('manual', labels, { containers: [named(7000, 'web')] }),
    );
    const pod = await bench.ready('manual');
    expect(isReady(statusOf(pod))).toBe(true);
    await bench.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'manual-1',
        labels: { ...labels, 'kubernetes.io/service-name': 'by-hand' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [statusOf(pod).podIP] }],
      ports: [{ name: 'web', port: 7000, protocol: 'TCP' }],
    });
    await bench.until('an answer', async () => {
      const [seen = ''] = await answers('manual', 'by-hand', 80, 1);
      return seen === 'manual' || seen;
    });
  });
}
