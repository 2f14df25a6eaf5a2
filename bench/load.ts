import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/platform/clock.ts';
import { HitCounterProcess } from '../test/integration/support/hit-counter-process.ts';
import { RedisProcess } from '../test/integration/support/redis-process.ts';
import { measureLateness } from './lateness.ts';
import { type LoadResults, loadPage, tried } from './load-page.ts';
import { playRounds } from './load-rounds.ts';
import { openOtherWork } from './other-work.ts';

/**
 * The load generator beside autocannon, on this machine alone: `npm run bench:load [SECONDS]` (a round;
 * 4 unless told, about five minutes in all) prints the page and writes docs/results/load.md.
 */
const seconds = Number(process.argv[2] ?? 4);
const ours = { name: 'product', client: 'product', history: 'product' } as const;

async function startServer(): Promise<{ child: ChildProcess; origin: string }> {
  const program = join(import.meta.dirname, 'load-server.ts');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, origin: `http://127.0.0.1:${/\d+$/m.exec(String(line))?.[0]}` };
}

async function otherCpus(): Promise<number> {
  const otherWork = openOtherWork([process.pid]);
  await systemClock.sleep(2000); // what is measured is these two seconds
  return otherWork() ?? Number.NaN;
}

async function measure(dir: string): Promise<LoadResults> {
  const cpusBefore = await otherCpus();
  const { child, origin } = await startServer();
  const redis = await RedisProcess.start();
  const app = await HitCounterProcess.start(redis);
  try {
    const play = (to: string, connections: number, rounds: number, contestants = [ours]) =>
      playRounds({ origin: to, connections, seconds, rounds, dir }, contestants);
    const lateness = [];
    for (const ratePerSecond of [1000, 2000, 5000]) {
      const otherWork = openOtherWork([process.pid, app.pid, redis.pid]);
      const run = { origin: app.origin, ratePerSecond, seconds: 2 * seconds, dir };
      const measured = await measureLateness(run);
      lateness.push({ ratePerSecond, otherCpus: otherWork() ?? Number.NaN, ...measured });
    }
    return {
      seconds,
      cpusBefore,
      lateness,
      main: play(origin, 64, 7),
      hitCounter: play(app.origin, 64, 3),
      few: play(origin, 16, 3),
      many: play(origin, 256, 3),
      tried: playRounds({ origin, connections: 64, seconds, rounds: 5, dir }, tried),
      cpusAfter: await otherCpus(),
    };
  } finally {
    child.kill();
    await app.dispose();
    await redis.dispose();
  }
}

const dir = mkdtempSync(join(tmpdir(), 'rkc-load-'));
try {
  const { version } = createRequire(import.meta.url)('autocannon/package.json') as {
    readonly version: string;
  };
  const text = loadPage(await measure(dir), {
    autocannon: version,
    node: process.version,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    date: new Date().toISOString().slice(0, 10),
  });
  process.stdout.write(text);
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'results', 'load.md'), text);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
