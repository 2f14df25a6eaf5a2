import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../container/command.ts';
import type { Tools } from '../image/tools.ts';

/** Where everything of the node lives: its own tmpfs, which dies with its mount namespace. */
export const nodeFolder = '/run/embedded';

export const folders = {
  pods: join(nodeFolder, 'pods'),
  claims: join(nodeFolder, 'claims'),
  images: join(nodeFolder, 'images'),
  logs: join(nodeFolder, 'logs'),
  fifos: join(nodeFolder, 'fifos'),
  dev: join(nodeFolder, 'dev'),
  alternatives: join(nodeFolder, 'alternatives'),
} as const;

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * Prepares what all containers share: a /dev with harmless devices only, and the links that Debian
 * keeps in /etc/alternatives (awk is one), so that the host's /etc is not needed in a container.
 */
export async function prepareNodeFiles(tools: Tools): Promise<void> {
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const binds = devices.map((name) => {
    writeFileSync(join(folders.dev, name), '');
    return `/dev/${name} ${join(folders.dev, name)} none bind 0 0`;
  });
  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
  ] as const) {
    symlinkSync(target, join(folders.dev, name));
  }
  mkdirSync(join(folders.dev, 'shm'));
  copyAlternatives();
  await mountAll(tools, binds);
}

function copyAlternatives(): void {
  let names: string[] = [];
  try {
    names = readdirSync('/etc/alternatives');
  } catch {
    return; // not a Debian: nothing points there
  }
  for (const name of names) {
    try {
      symlinkSync(readlinkSync(join('/etc/alternatives', name)), join(folders.alternatives, name));
    } catch {
      // a plain file (README), not a link
    }
  }
}

/** Mounts lines in the format of fstab with one process: it costs a tenth of one process each. */
export async function mountAll(tools: Tools, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const file = join(nodeFolder, `fstab.${fstabSerial++}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  await runCommand(tools.mount, ['--all', '--fstab', file]);
}

let fstabSerial = 0;
