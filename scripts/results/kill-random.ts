/**
 * `npm run kill-random -- [--kills N] [--from K] [--seed N] [--within MS]`: SIGKILL of the tool at N moments of a
 * default run on embedded, drawn from the seed; what of the run is alive 2 s later. A row a kill.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/platform/random.ts';
import { familyOf, type ProcessEntry, stillAlive } from '../../test/support/process-family.ts';
import { openWorkspace } from '../../test/support/run-tool.ts';
import { addRow, type ResultPage, seconds } from './page.ts';
import { startRun } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    within: { type: 'string', default: '25000' },
  },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));
const sampleEveryMs = 100;

const page: ResultPage = {
  name: 'kill-random',
  title: 'SIGKILL of the tool at random moments',
  about:
    'A default run on embedded, node timeout 2 s. The moment is drawn from the seed, between the start and 25 s, about as long as the run takes. Run: processes of its family that were seen before the kill. Alive: those of them that still run 2 s after it, and any orphan in a network namespace of theirs; other runs on the machine do not count. (The first ten rows are of a version of the script that took a namespace’s number, used anew by another run, for the run’s own.)',
  command: 'npm run kill-random',
  columns: ['kill', 'after', 'phase', 'run', 'alive 2 s later', 'verdict'],
};

let ok = 0;
for (let kill = 1; kill <= kills; kill++) {
  const afterMs = random.below(Number(values.within));
  if (kill < Number(values.from)) continue; // goes on where it was ended
  if (await killOnce(kill, afterMs)) ok++;
}
addRow(page, values.seed, [
  'all',
  '–',
  '–',
  '–',
  '–',
  `${ok} of ${kills - Number(values.from) + 1}`,
]);
process.exitCode = ok === kills - Number(values.from) + 1 ? 0 : 1;

async function killOnce(number: number, afterMs: number): Promise<boolean> {
  using workspace = openWorkspace();
  const started = performance.now();
  const flags = ['--provider', 'embedded', '--node-timeout', '2s', '--seed', String(number)];
  const { child, ended } = startRun(workspace, flags);
  const exited = once(child, 'exit');
  let phase = 'start';
  child.stderr?.on('data', (text: string) => {
    phase = [...text.matchAll(/^\s*\S+s {2}([a-z-]+)$/gm)].at(-1)?.[1] ?? phase;
  });
  const family = new Map<string, ProcessEntry>();
  const namespaces = new Set<string>();
  const own = namespaceOf('self');
  const sample = () => {
    for (const one of familyOf(child.pid ?? -1)) {
      family.set(`${one.pid} ${one.startTicks}`, one);
      const namespace = namespaceOf(one.pid);
      if (namespace !== own && namespace !== '') namespaces.add(namespace);
    }
  };
  for (;;) {
    const leftMs = started + afterMs - performance.now();
    if (leftMs <= 0 || child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, Math.min(leftMs, sampleEveryMs)));
    sample();
  }
  const over = child.exitCode !== null;
  child.kill('SIGKILL');
  await exited;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const alive = [
    ...stillAlive([...family.values()]),
    ...strays(namespaces, family).map((name) => `${name} in a namespace of the run`),
  ];
  await ended;
  const good = alive.length === 0 && family.size > 0;
  addRow(page, values.seed, [
    String(number),
    seconds(afterMs),
    over ? `${phase}, over by itself` : phase,
    `${family.size} processes`,
    alive.join(', ') || 'nothing',
    good ? 'ok' : 'NOT OK',
  ]);
  return good;
}

function namespaceOf(pid: number | 'self'): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return ''; // it ended meanwhile
  }
}

/**
 * Processes in those namespaces that nobody else answers for. The kernel gives a dead namespace's
 * number to the next one, so a process counts only if its parents are of the run, or init and us,
 * who take orphans over.
 */
function strays(
  namespaces: ReadonlySet<string>,
  family: ReadonlyMap<string, ProcessEntry>,
): string[] {
  const ours = new Set([...family.values()].map(({ pid }) => pid));
  const orphan = (pid: number): boolean =>
    pid === 1 || pid === process.pid || ours.has(pid) || pid === 0;
  const stat = (pid: number) => {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state = '', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      return { state, parent: Number(parent), name };
    } catch {
      return null; // it ended meanwhile
    }
  };
  const counts = (pid: number): boolean => {
    let parent = stat(pid)?.parent ?? -1;
    // up through what is in the namespaces too
    while (!orphan(parent) && namespaces.has(namespaceOf(parent))) {
      parent = stat(parent)?.parent ?? -1;
    }
    return orphan(parent);
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespaces.has(namespaceOf(pid)) && stat(pid)?.state !== 'Z' && counts(pid))
    .map((pid) => `${pid} ${stat(pid)?.name}`);
}
