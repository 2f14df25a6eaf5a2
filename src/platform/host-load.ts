import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openRunQueue } from './run-queue.ts';

/** What the host did to us over the past interval. */
export interface HostLoad {
  /** Share of the time some task waited for a CPU (PSI `some`); null where the kernel has no PSI. */
  readonly cpuPressure: number | null;
  /** Share of all CPU time stolen by the hypervisor; null off Linux. */
  readonly steal: number | null;
  /** Largest delay of our own event loop, ms. */
  readonly loopLagMs: number;
  /** Share of the time in which our own process waited for a CPU; null where nobody counts it. */
  readonly runDelay: number | null;
}

/** Samples by difference: each call speaks of the time since the one before. */
export function openHostLoad(): { sample(): HostLoad; close(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  const runDelay = openRunQueue();
  let before = read();
  return {
    sample() {
      const now = read();
      const spentUs = (now.atMs - before.atMs) * 1000;
      const jiffies = now.totalJiffies - before.totalJiffies;
      const load: HostLoad = {
        cpuPressure:
          now.pressureUs === null || before.pressureUs === null || spentUs <= 0
            ? null
            : Math.min(1, (now.pressureUs - before.pressureUs) / spentUs),
        steal: jiffies > 0 ? (now.stealJiffies - before.stealJiffies) / jiffies : null,
        loopLagMs: Math.max(0, Math.round(histogram.max / 1e6 - 10)),
        runDelay: runDelay(),
      };
      histogram.reset();
      before = now;
      return load;
    },
    close: () => histogram.disable(),
  };
}

function read() {
  const cpu = firstLine('/proc/stat').split(/\s+/).slice(1).map(Number);
  const pressure = /total=(\d+)/.exec(firstLine('/proc/pressure/cpu'));
  return {
    atMs: performance.now(),
    pressureUs: pressure ? Number(pressure[1]) : null,
    stealJiffies: cpu[7] ?? 0,
    totalJiffies: cpu.reduce((sum, value) => sum + value, 0),
  };
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0] ?? '';
  } catch {
    return '';
  }
}
