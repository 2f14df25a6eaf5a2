import { readFile } from 'node:fs/promises';

/**
 * The id of the container that this process runs in; null outside of one. Docker and Podman bind
 * /etc/hostname, resolv.conf and hosts from a folder named after it, which the host's mounts never
 * show (`…/containers/ID/hostname`); the hostname is not always the id.
 */
export async function selfContainerId(): Promise<string | null> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return containerIdOf(mounts);
}

/** Finds the id in the text of /proc/self/mountinfo; null when there is none. */
export function containerIdOf(mountinfo: string): string | null {
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const mountPoint = fields[4] ?? '';
    if (!['/etc/hostname', '/etc/hosts', '/etc/resolv.conf'].includes(mountPoint)) continue;
    const id = /containers\/([0-9a-f]{64})\//.exec(fields[3] ?? '')?.[1];
    if (id) return id;
  }
  return null;
}
