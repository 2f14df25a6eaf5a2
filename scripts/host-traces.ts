import { readFileSync } from 'node:fs';

/**
 * What a run could leave in this machine's own namespaces besides processes: links and mounts. As
 * names that can be compared before and after; nothing off Linux.
 */
export function hostTraces(): string[] {
  const links = [...read('/proc/net/dev').matchAll(/^\s*([^\s:]+):/gm)];
  const mounts = read('/proc/self/mountinfo').split('\n').filter(Boolean);
  return [
    ...links.map((match) => `link ${match[1]}`),
    ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
  ];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
