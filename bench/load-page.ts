import type { Lateness } from './lateness.ts';
import { type Contestant, type Round, ratios, spread } from './load-rounds.ts';

export interface LoadResults {
  /** Of one round. */
  readonly seconds: number;
  /** Work of others on the machine just before and just after, in CPUs. */
  readonly cpusBefore: number;
  readonly cpusAfter: number;
  readonly lateness: readonly (Lateness & {
    readonly ratePerSecond: number;
    readonly otherCpus: number;
  })[];
  readonly main: readonly Round[];
  readonly hitCounter: readonly Round[];
  readonly few: readonly Round[];
  readonly many: readonly Round[];
  readonly tried: readonly Round[];
}

export interface Surroundings {
  readonly autocannon: string;
  readonly node: string;
  readonly cpus: string;
  readonly date: string;
}

/** What was tried, each beside autocannon; the rest of a row is in the contestant's name. */
export const tried: readonly Contestant[] = [
  {
    name: 'undici `pool.request`, an AbortController and a timer each (what the product did before)',
    client: 'request',
    history: 'product',
  },
  {
    name: 'the same without any time-out, to see what it costs',
    client: 'request-untimed',
    history: 'product',
  },
  {
    name: '**undici `pool.dispatch` with a handler, a timer each (the product)**',
    client: 'product',
    history: 'product',
  },
  {
    name: 'the same, one timer of our own for all time-outs',
    client: 'dispatch',
    history: 'product',
  },
  {
    name: 'the same, undici’s parser in JavaScript (`useMilo`)',
    client: 'dispatch-milo',
    history: 'product',
  },
  {
    name: 'the same, a `Client` a connection in place of the `Pool`',
    client: 'dispatch-clients',
    history: 'product',
  },
  {
    name: 'the same, 16 connections with 4 requests pipelined on each (not ours to do: one that hangs holds up three)',
    client: 'dispatch-pipelined',
    history: 'product',
  },
  {
    name: 'the product, its history written once a turn of the event loop',
    client: 'product',
    history: 'turn',
  },
  { name: 'the product without a history', client: 'product', history: 'none' },
];

const whole = (value: number) => Math.round(value).toLocaleString('en');

function against(name: string, rounds: readonly Round[]): string {
  const theirs = spread(rounds.map(({ autocannon }) => autocannon.requestsPerSecond));
  const ours = spread(rounds.map(({ others }) => others[0]?.requestsPerSecond ?? Number.NaN));
  const cpu = spread(rounds.map(({ others }) => others[0]?.cpuUs ?? Number.NaN));
  const theirCpu = spread(rounds.map(({ autocannon }) => autocannon.cpuUs));
  const ratio = ratios(rounds, 0);
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(2));
  return `| ${name} | ${rounds.length} | ${whole(theirs.median)} | ${whole(ours.median)} | **${median}** | ${min} | ${max} | ${theirCpu.median.toFixed(1)} | ${cpu.median.toFixed(1)} |`;
}

function triedTable(rounds: readonly Round[]): string {
  const autocannonCpu = spread(rounds.map(({ autocannon }) => autocannon.cpuUs)).median;
  const rows = tried.map(({ name }, index) => {
    const ratio = ratios(rounds, index);
    const cpu = spread(rounds.map(({ others }) => others[index]?.cpuUs ?? Number.NaN)).median;
    return `| ${name} | ${ratio.median.toFixed(2)} | ${ratio.min.toFixed(2)} | ${ratio.max.toFixed(2)} | ${cpu.toFixed(1)} |`;
  });
  return [
    '| client | ratio, median | min | max | its CPU, µs a request |',
    '|---|---|---|---|---|',
    `| autocannon | 1 | 1 | 1 | ${autocannonCpu.toFixed(1)} |`,
    ...rows,
  ].join('\n');
}

function latenessTable({ lateness }: LoadResults): string {
  return [
    '| a second | requests | recorded, each once | acknowledged | p50, ms | p99, ms | max, ms | other work, CPUs |',
    '|---|---|---|---|---|---|---|---|',
    ...lateness.map((row) => {
      const complete = row.recorded === row.scheduled && row.differentIds === row.scheduled;
      const late = [row.p50Ms, row.p99Ms, row.maxMs].map((ms) => ms.toFixed(2)).join(' | ');
      return `| ${whole(row.ratePerSecond)} | ${whole(row.scheduled)} | ${complete ? 'yes' : 'NO'} | ${whole(row.acknowledged)} | ${late} | ${row.otherCpus.toFixed(2)} |`;
    }),
  ].join('\n');
}

export function loadPage(results: LoadResults, about: Surroundings): string {
  const { seconds } = results;
  return `# The load generator beside autocannon

Made by \`npm run bench:load\` on ${about.date} with Node ${about.node} and autocannon ${about.autocannon} on ${about.cpus}.
Other work on the machine: ${results.cpusBefore.toFixed(2)} CPUs just before, ${results.cpusAfter.toFixed(2)} just after. With much of it the
requests a second say little by themselves, the ratios of alternating rounds more, and CPU time most.

## Closed loop: requests a second

The same server, in a process of its own, driven by autocannon and by the product's target with the
full history recorded to disk by the product's writer: as many requests in flight as connections, ${seconds} s
a round, one after the other, the order turned round every time. The ratio is ours over autocannon's of
the same round.

| server | rounds | autocannon | ours | ratio, median | min | max | autocannon's CPU, µs a request | ours |
|---|---|---|---|---|---|---|---|---|
${[
  against('the hit-counter’s page without Redis, 64 connections', results.main),
  against('the same, 16 connections', results.few),
  against('the same, 256 connections', results.many),
  against('the hit-counter with Redis, 64 connections', results.hitCounter),
].join('\n')}

## Open loop: how late a request starts

The run's own load against the hit-counter with Redis, ${2 * seconds} s each; from the intended to the real start, read
back from history.ndjson. Timers have a resolution of 1 ms, hence the median. Beside other work a
process that wants to run waits its turn, and that is in these figures too.

${latenessTable(results)}

## What was tried to come nearer

64 connections, the page without Redis, ${results.tried.length} rounds in which each took its turn, all with the full
history unless it says otherwise.

${triedTable(results.tried)}

In undici a response passes through a stream and a parser in WebAssembly, and its connection waits one or
two turns of the event loop before it is used again. \`dispatch\` spares the promise, the body's stream
and the AbortController. An HTTP/1.1 client of our own (one buffer a connection, the response found in it
and the connection free at once) was built and measured too: about 14.5 µs of CPU a request (commit
81592b9, in this history). It was taken out again: the apps behind the LoadBalancer are their users', and what an HTTP
server may answer is a library's business; the load is sent in open loop, where undici is quick enough.

One timer of our own for all time-outs is no gain: Node keeps timers of one duration in one list anyway
and forgets a cleared one at once, where our list holds a finished request until its time. A history
written once a turn of the event loop saves a little in closed loop and nothing in open loop, where few
requests end in the same turn. A write a line took 0.4 s of CPU of a run at 200 a second
(docs/results/cpu.md), so since then the product's writer gathers the lines of a tenth of a second.
`;
}
