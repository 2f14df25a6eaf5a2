import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dnsIp } from '../network/addresses.ts';
import type { Pod } from '../store/pod-objects.ts';

/** A container's own /etc: names, users and the resolver; nothing of the host's. */
export function writeEtc(pod: Pod, etc: string): void {
  const hostname = pod.spec.hostname ?? pod.metadata.name;
  const namespace = pod.metadata.namespace;
  const ip = pod.status.podIP ?? '';
  const fqdn = pod.spec.subdomain
    ? `${hostname}.${pod.spec.subdomain}.${namespace}.svc.cluster.local\t${hostname}`
    : hostname;
  const aliases = (pod.spec.hostAliases ?? []).map(
    (alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`,
  );
  const files: Record<string, string> = {
    hostname: `${hostname}\n`,
    hosts: `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${ip}\t${fqdn}\n${aliases.join('')}`,
    'resolv.conf': resolverOf(pod),
    'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n',
    passwd: `root:x:0:0:root:/root:/bin/sh
redis:x:999:999::/data:/bin/sh
valkey:x:998:998::/data:/bin/sh
node:x:1000:1000::/home/node:/bin/sh
haproxy:x:99:99::/var/lib/haproxy:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`,
    group:
      'root:x:0:\nredis:x:999:\nvalkey:x:998:\nnode:x:1000:\nhaproxy:x:99:\nnogroup:x:65534:\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
  if (existsSync('/etc/alternatives')) mkdirSync(join(etc, 'alternatives'));
}

/**
 * resolv.conf by dnsPolicy and dnsConfig (pkg/kubelet/network/dns): the manifest's servers and
 * domains come after the cluster's, its options win.
 */
function resolverOf(pod: Pod): string {
  const { namespace } = pod.metadata;
  const own = pod.spec.dnsConfig ?? {};
  const cluster = pod.spec.dnsPolicy !== 'None';
  const domain = 'cluster.local';
  const searches = cluster ? [`${namespace}.svc.${domain}`, `svc.${domain}`, domain] : [];
  const options = new Map<string, string | undefined>(cluster ? [['ndots', '5']] : []);
  for (const { name, value } of own.options ?? []) if (name) options.set(name, value);
  const line = (word: string, values: Iterable<string>) => {
    const all = [...new Set(values)];
    return all.length > 0 ? `${word} ${all.join(' ')}\n` : '';
  };
  const servers = new Set([...(cluster ? [dnsIp] : []), ...(own.nameservers ?? [])]);
  const shown = [...options].map(([name, value]) => (value ? `${name}:${value}` : name));
  return [
    line('search', [...searches, ...(own.searches ?? [])]),
    ...[...servers].map((server) => `nameserver ${server}\n`),
    line('options', shown),
  ].join('');
}
