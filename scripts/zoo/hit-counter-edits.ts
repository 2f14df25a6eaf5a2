import type { TextEdit } from './text-edits.ts';

/** Each makes one mistake in scripts/zoo/hit-counter.yaml. */
type AppEdit = readonly TextEdit[];

const hitFunction = `    async function hit() {
      const reply = await send('INCR hits');
      return Number(reply.slice(1));
    }
`;

/** Another way to count a hit, as lines of app.cjs. */
function hitting(...lines: readonly string[]): AppEdit {
  const text = lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('');
  return [{ from: hitFunction, to: text }];
}

const comment: TextEdit = {
  from: '# error. It sends no command twice: an INCR without an answer may have been counted.\n',
  to: '# error.\n',
};

export const healthy: AppEdit = [];

export const retries: AppEdit = [
  comment,
  ...hitting(
    'const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));',
    '',
    '// What many client libraries do by default: a command that cannot be sent now waits for Redis.',
    'async function count() {',
    '  for (;;) {',
    '    try {',
    "      const reply = await send('INCR hits');",
    '      return Number(reply.slice(1));',
    '    } catch {',
    '      await sleep(500);',
    '    }',
    '  }',
    '}',
    '',
    '// And the page has no patience: it tries again. What it gave up is still waiting, to be counted later.',
    'async function hit() {',
    '  const late = (ms) => sleep(ms).then(() => Promise.reject(new Error("late")));',
    '  return Promise.race([count(), late(400)]).catch(() => Promise.race([count(), late(400)]));',
    '}',
  ),
];

export const oldNumberOnError: AppEdit = hitting(
  'let last = 0;',
  '',
  '// "The page must never show an error."',
  'async function hit() {',
  '  try {',
  "    const reply = await send('INCR hits');",
  '    last = Number(reply.slice(1));',
  '  } catch (error) {',
  '    console.error(error.message);',
  '  }',
  '  return last;',
  '}',
);

export const cached: AppEdit = hitting(
  'let page = { count: 0, untilMs: 0 };',
  '',
  '// "Redis need not be asked for every visitor": who comes within the second gets the same number.',
  'async function hit() {',
  '  if (Date.now() < page.untilMs) return page.count;',
  "  const reply = await send('INCR hits');",
  '  page = { count: Number(reply.slice(1)), untilMs: Date.now() + 1000 };',
  '  return page.count;',
  '}',
);

export const delayedReplica: AppEdit = hitting(
  'let replica = null;',
  '',
  '// "Writes go to the master, reads to a replica": that one may not have the write yet.',
  'async function hit() {',
  "  await send('INCR hits');",
  '  if (replica === null) {',
  '    const found = /slave0:ip=([^,]+),port=(\\d+)/.exec(await send("INFO replication"));',
  '    if (found) replica = [found[1], found[2]].join(":");',
  '    if (found) await ask(replica, "READONLY");',
  '  }',
  '  const reply = replica === null ? await send("GET hits") : await ask(replica, "GET hits");',
  '  return Number(reply);',
  '}',
);

export const countsTwice: AppEdit = hitting(
  '// A middleware counts every request, and so does the page.',
  'async function hit() {',
  "  await send('INCR hits');",
  "  const reply = await send('INCR hits');",
  '  return Number(reply.slice(1));',
  '}',
);
