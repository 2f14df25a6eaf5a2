import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the same on every Linux that Node runs on

/**
 * What the machine did beside these processes, in CPUs: each call speaks of the time since the one
 * before; null off Linux. It says whether a measurement of milliseconds had the machine to itself.
 */
export function openOtherWork(pids: readonly number[]): () => number | null {
  let before = read(pids);
  return () => {
    const now = read(pids);
    const then = before;
    before = now;
    if (!now || !then) return null;
    return Math.max(
      0,
      (now.others - then.others) / ticksPerSecond / ((now.atMs - then.atMs) / 1000),
    );
  };
}

function read(pids: readonly number[]): { atMs: number; others: number } | null {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
    const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const ours = pids.reduce((sum, pid) => sum + ticksOf(pid), 0);
    return { atMs: performance.now(), others: user + nice + system + steal - ours };
  } catch {
    return null;
  }
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name, in brackets, may hold spaces; fields 14 and 15 of proc(5) are user and system
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
