import { readdirSync, readFileSync } from 'node:fs';

/** A process, told apart from a later one with its pid by its start time (proc(5), stat field 22). */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly startTicks: string;
}

/** The process and everything below it, those in namespaces included; zombies are gone already. */
export function familyOf(pid: number): ProcessEntry[] {
  const all = processes();
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid));
}

/** `PID NAME` of those that still run. */
export function stillAlive(family: readonly ProcessEntry[]): string[] {
  const now = new Set(processes().map(({ pid, startTicks }) => `${pid} ${startTicks}`));
  return family
    .filter(({ pid, startTicks }) => now.has(`${pid} ${startTicks}`))
    .map(({ pid, name }) => `${pid} ${name}`);
}

function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        const title = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        const startTicks = fields[19] ?? '';
        return [{ pid: Number(name), parent: Number(fields[1]), name: title, startTicks }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}
