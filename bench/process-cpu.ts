import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the same on every Linux that Node runs on

/** What the processes of a run are to it. */
export const roles = [
  'tool',
  'hit-counters',
  'agent',
  'observer',
  'redis-server',
  'probes and short-lived',
] as const;
export type Role = (typeof roles)[number];

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Pids come again; with its start time one does not. */
  readonly key: string;
  readonly ticks: number;
  /** Of children that have ended and were waited for, theirs included. */
  readonly childTicks: number;
}

/**
 * CPU time (user and system) of a process and everything it starts, by role. Who lives longer than the
 * time between two samples is seen in /proc. The shorter ones are in the sums that the kernel keeps of
 * ended children (proc(5), cutime and cstime) of those that live; they are lost with a namespace that
 * is killed, hence the sample with the highest sum counts.
 */
export class FamilyCpu {
  readonly #root: number;
  readonly #seen = new Map<string, { role: Role; ticks: number }>();
  #highest = 0;

  constructor(rootPid: number) {
    this.#root = rootPid;
  }

  sample(): void {
    const all = readdirSync('/proc').flatMap((name) =>
      /^\d+$/.test(name) ? (stat(Number(name)) ?? []) : [],
    );
    const family = new Set([this.#root]);
    for (let size = 0; size !== family.size; ) {
      size = family.size;
      for (const one of all) if (family.has(one.parent)) family.add(one.pid);
    }
    let sum = 0;
    for (const { pid, key, ticks, childTicks } of all) {
      if (!family.has(pid)) continue;
      sum += ticks + childTicks;
      const known = this.#seen.get(key);
      // a command line changes with exec: a shell becomes what it starts
      const role = roleOf(pid, pid === this.#root) ?? known?.role ?? 'probes and short-lived';
      this.#seen.set(key, { role, ticks });
    }
    this.#highest = Math.max(this.#highest, sum);
  }

  /** Seconds by role, up to the last sample. */
  secondsByRole(): Map<Role, number> {
    const ticks = new Map<Role, number>(roles.map((role) => [role, 0]));
    let rest = this.#highest;
    for (const { role, ticks: own } of this.#seen.values()) {
      if (role === 'probes and short-lived') continue;
      ticks.set(role, (ticks.get(role) ?? 0) + own);
      rest -= own;
    }
    ticks.set('probes and short-lived', Math.max(0, rest));
    return new Map([...ticks].map(([role, sum]) => [role, sum / ticksPerSecond]));
  }
}

function roleOf(pid: number, isRoot: boolean): Role | null {
  if (isRoot) return 'tool';
  let words: string[];
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return null; // it has ended
  }
  const line = words.join(' ');
  const [program = ''] = words;
  if (/redis-server|valkey-server/.test(program)) return 'redis-server';
  if (!/(^|\/)node$/.test(program)) return line === '' ? null : 'probes and short-lived';
  if (/pod\.cjs hit-counter/.test(line)) return 'hit-counters';
  if (/pod\.cjs observer/.test(line)) return 'observer';
  if (/agent-main\.ts|__embedded-agent/.test(line)) return 'agent';
  return 'probes and short-lived';
}

function stat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name, in brackets, may hold spaces; what follows begins with field 3 of proc(5)
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (field: number) => Number(fields[field - 3]);
    return {
      pid,
      parent: at(4),
      key: `${pid} ${fields[19]}`,
      ticks: at(14) + at(15),
      childTicks: at(16) + at(17),
    };
  } catch {
    return null; // it has ended
  }
}
