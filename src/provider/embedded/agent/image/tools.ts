import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of the host that the node is made with, and the Debian package each comes from. */
export const requiredTools = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  setsid: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  pivot_root: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  mkfifo: 'coreutils',
  env: 'coreutils',
  sh: 'dash',
} as const;

export type ToolName = keyof typeof requiredTools;
export type Tools = Readonly<Record<ToolName, string>>;

/** A plain user's PATH often lacks the sbin folders, where ip, nft and pivot_root live. */
const alwaysSearched = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** First executable of that name on PATH or in the system folders; null when there is none. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | null {
  for (const folder of [
    ...path.split(delimiter).filter((part) => part !== ''),
    ...alwaysSearched,
  ]) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here: look in the next folder
    }
  }
  return null;
}

export function findTools(): { tools: Tools; missing: ToolName[] } {
  const entries = (Object.keys(requiredTools) as ToolName[]).map(
    (name) => [name, findProgram(name)] as const,
  );
  return {
    tools: Object.fromEntries(entries.map(([name, file]) => [name, file ?? ''])) as Tools,
    missing: entries.filter(([, file]) => file === null).map(([name]) => name),
  };
}
