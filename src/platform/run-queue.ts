import { readFileSync } from 'node:fs';

/**
 * How long this process could have run and waited for a CPU, by difference: each call speaks of the time
 * since the one before. The share of that time, 0 to 1, of its main thread (Linux, sched-stats.rst:
 * /proc/PID/schedstat is time on the CPU, time waiting in a run queue, both ns, and turns); null where the
 * kernel does not count it.
 */
export function openRunQueue(path = '/proc/self/schedstat'): () => number | null {
  let before = read(path);
  let beforeMs = performance.now();
  return () => {
    const now = read(path);
    const nowMs = performance.now();
    const waitedMs = now === null || before === null ? null : (now - before) / 1e6;
    const spentMs = nowMs - beforeMs;
    before = now;
    beforeMs = nowMs;
    if (waitedMs === null || spentMs <= 0) return null;
    return Math.min(1, Math.max(0, Math.round((waitedMs / spentMs) * 1000) / 1000));
  };
}

function read(path: string): number | null {
  try {
    const [onCpu, waiting] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
    // a kernel without the statistics has zeros, and we have run
    return Number.isFinite(waiting) && (onCpu ?? 0) > 0 ? (waiting ?? null) : null;
  } catch {
    return null;
  }
}
