import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayStart } from './admission.ts';
import { machineVariable } from './berth.ts';

/**
 * Vitest's global set-up: keeps the machine for the files that run side by side. Each run of the product
 * holds a connection while it lasts; a worker that dies lets go of its own. Files take turns, so that
 * one with many runs does not keep those waiting whose runs follow one another.
 */

interface Waiter {
  readonly socket: Socket;
  readonly alone: boolean;
  /** Who asks: a worker's process. */
  readonly owner: string;
}

const lookEveryMs = 250;
/** Pressure is looked at over this many looks. */
const looks = 12;

export default function keepMachine(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-machine-'));
  const path = join(dir, 'socket');
  const waiting: Waiter[] = [];
  const running = new Set<Waiter>();
  const turns = new Map<string, number>();
  const pressures: (number | null)[] = [];
  let turn = 0;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let next: { readonly waiter: Waiter; readonly sinceMs: number } | null = null;

  const server = createServer((socket) => {
    let asked: Waiter | null = null;
    socket.setEncoding('utf8').once('data', (line: string) => {
      const [owner = '', alone] = line.trim().split(' ');
      asked = { socket, owner, alone: alone === 'alone' };
      waiting.push(asked);
      look();
    });
    socket.on('error', () => {}); // it ends with 'close'
    socket.on('close', () => {
      if (!asked) return;
      running.delete(asked);
      const at = waiting.indexOf(asked);
      if (at >= 0) waiting.splice(at, 1);
      look();
    });
  });

  const look = () => {
    const nowMs = performance.now();
    const waiter = waiting.toSorted(
      (a, b) => (turns.get(a.owner) ?? 0) - (turns.get(b.owner) ?? 0),
    )[0];
    if (!waiter) {
      next = null;
      return;
    }
    // one that waits for the machine to itself stays the next one: else it would wait for ever
    if (next === null || !waiting.includes(next.waiter) || !next.waiter.alone)
      next = { waiter, sinceMs: next?.waiter === waiter ? next.sinceMs : nowMs };
    const machine = {
      running: running.size,
      taken: [...running].some(({ alone }) => alone),
      sinceStartMs: nowMs - startedAtMs,
      pressure: pressureOver(pressures),
      cpus: availableParallelism(),
    };
    if (!mayStart(machine, next.waiter.alone, nowMs - next.sinceMs)) return;
    const { waiter: admitted } = next;
    waiting.splice(waiting.indexOf(admitted), 1);
    running.add(admitted);
    turns.set(admitted.owner, ++turn);
    startedAtMs = nowMs;
    next = null;
    admitted.socket.write('go\n');
  };
  const timer = setInterval(() => {
    pressures.push(stalledUs());
    if (pressures.length > looks) pressures.shift();
    look();
  }, lookEveryMs);

  server.listen(path);
  process.env[machineVariable] = path;
  return () => {
    clearInterval(timer);
    for (const { socket } of [...waiting, ...running]) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  };
}

/** Share of the time between the first and the last look; null where the kernel does not say. */
function pressureOver(stalls: readonly (number | null)[]): number | null {
  const [first, last] = [stalls[0], stalls.at(-1)];
  if (first == null || last == null || stalls.length < 2) return null;
  return Math.min(1, (last - first) / ((stalls.length - 1) * lookEveryMs * 1000));
}

/** Microseconds since boot in which some task waited for a processor (PSI). */
function stalledUs(): number | null {
  try {
    const total = /^some .*total=(\d+)/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1];
    return total === undefined ? null : Number(total);
  } catch {
    return null;
  }
}
