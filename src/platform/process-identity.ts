import { readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same pid by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot; null where /proc does not tell. */
  readonly startTicks: number | null;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: startTicks(pid) };
}

/** True when that very process still runs (a zombie does not). */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (identity.startTicks === null) return true;
  return startTicks(identity.pid) === identity.startTicks && state(identity.pid) !== 'Z';
}

function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces and ')'
  } catch {
    return [];
  }
}

function startTicks(pid: number): number | null {
  const field = statFields(pid)[19];
  return field === undefined ? null : Number(field);
}

function state(pid: number): string | null {
  return statFields(pid)[0] ?? null;
}
