import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { after, check, isSelf, judge, nodes, red, undecided } from './judging.ts';
import { type ScriptOptions, scriptRun } from './script.ts';
import { request } from './small-story.ts';

/**
 * Goal: whatever a machine that stood still explains is undecided and says so; the same without the
 * standstill is red, and what no slowness explains is red with it.
 * Method: the scripted run with the host's samples changed in one span of it.
 */
const starve =
  (fromS: number, toS: number) =>
  (events: readonly RunEvent[]): readonly RunEvent[] =>
    events.map((event) =>
      event.kind === 'host' && event.atUs > fromS * 1e6 && event.atUs <= toS * 1e6
        ? { ...event, cpuPressure: 1, runDelay: 0.75 }
        : event,
    );
const starved = (options: ScriptOptions, fromS: number, toS: number) =>
  judge({ ...options, events: starve(fromS, toS) });
const remedy = /give the machine more CPU, a longer --node-timeout or a lower --rate/;

/** A peer that calls redis-4 failed for a while after all had been green for long. */
const flagged = (fromMs: number, toMs: number): ScriptOptions => ({
  view: (pod, ms, server) =>
    pod === 'redis-1' && ms >= fromMs && ms < toMs
      ? nodes(server, (node) =>
          node.flags.includes('myself') || !node.id.startsWith('e')
            ? node
            : { ...node, flags: [...node.flags, 'fail'] },
        )
      : server,
});

describe('a machine that stood still', () => {
  test('explains an outage over the budget, and only as far as it reaches', () => {
    const late: ScriptOptions = { promotedMs: 35_000, releasedMs: 36_000, backMs: 40_000 };
    expect(check(judge(late), 'outage-within-budget').verdict).toBe('fail');
    const found = check(starved(late, 18, 40), 'outage-within-budget');
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(remedy);
    expect(check(starved(late, 50, 90), 'outage-within-budget').verdict).toBe('fail');
  });
  test('explains a peer’s flag that comes and goes', () => {
    const relapse = flagged(60_000, 66_000);
    expect(red(judge(relapse))).toEqual(['topology-converged']);
    const found = check(starved(relapse, 59, 67), 'topology-converged');
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(remedy);
    expect(red(starved(relapse, 20, 40))).toEqual(['topology-converged']);
  });
  test('explains that nothing was promoted in time', () => {
    const options: ScriptOptions = { promotedMs: null, releasedMs: 62_000, backMs: 66_000 };
    expect(check(judge(options), 'promotion').verdict).toBe('fail');
    expect(check(starved(options, 18, 60), 'promotion').verdict).toBe('inconclusive');
  });
  test('explains a recovery that is late', () => {
    const never: ScriptOptions = { backMs: null };
    expect(red(judge(never))).toContain('topology-converged');
    const found = starved(never, 28, 100);
    expect(red(found)).toEqual([]);
    expect(undecided(found)).toContain('topology-converged');
    expect(check(found, 'topology-converged').observed).toMatch(remedy);
  });
  test('does not explain an address of its own that is wrong to the end', () => {
    const stale: ScriptOptions = {
      view: (pod, ms, server) =>
        pod === 'redis-0' && ms >= after
          ? nodes(server, (node) => (isSelf(node) ? { ...node, ip: '10.0.0.1' } : node))
          : server,
    };
    expect(red(starved(stale, 28, 100))).toContain('ip-rewrite');
  });
  test('never makes a red a pass', () => {
    for (const broken of [
      flagged(60_000, 66_000),
      { backMs: null },
      { promotedMs: null, releasedMs: 62_000, backMs: 66_000 },
    ] satisfies ScriptOptions[]) {
      expect(starved(broken, 0, 100).verdict).not.toBe('pass');
    }
  });
});

describe('before the fault', () => {
  const story = (bodies: readonly [number, EventBody][], starving: boolean) => {
    const { plan, topology } = scriptRun();
    const hosts = Array.from({ length: 100 }, (_, second): [number, EventBody] => [
      second,
      { kind: 'host', cpuPressure: 1, steal: 0, loopLagMs: 5, runDelay: starving ? 0.7 : 0.1 },
    ]);
    const events = [...hosts, ...bodies].map(([s, body]) => ({ atUs: s * 1e6, ...body }));
    return evaluate({
      plan,
      topology,
      events: events.sort((a, b) => a.atUs - b.atUs),
      operations: [],
    });
  };
  const broken = (message: string): [number, EventBody] => [95, { kind: 'broken', message }];
  test.each<[string, string, string]>([
    [
      'a deadline',
      'waited 90000 ms for 6 Redis pods to be ready; last seen: 5 of 6',
      'inconclusive',
    ],
    ['a refusal', '--cluster create exited 1: [ERR] Node is not empty', 'fail'],
    ['too few pods', '4 Redis pods: a cluster needs at least 3 masters', 'fail'],
  ])('%s', (_, message, verdict) => {
    expect(check(story([broken(message)], true), 'topology-formed').verdict).toBe(verdict);
    expect(check(story([broken(message)], false), 'topology-formed').verdict).toBe('fail');
  });
  test.each([
    [0, 'Completed', 'inconclusive'],
    [137, 'Error', 'inconclusive'],
    [143, 'Error', 'inconclusive'],
    [137, 'OOMKilled', 'fail'],
    [1, 'Error', 'fail'],
  ])('a container that ends with %i, %s', (exitCode, reason, verdict) => {
    const [pod] = scriptRun().events.flatMap((event) => (event.kind === 'pod' ? [event.pod] : []));
    if (!pod) throw new Error('no pod');
    const containers = pod.containers.map((container) => ({
      ...container,
      ready: false,
      restarts: 3,
      lastExit: { reason, exitCode },
    }));
    const crashing: [number, EventBody] = [
      50,
      { kind: 'pod', part: 'redis', pod: { ...pod, ready: false, containers } },
    ];
    const message = broken(
      `pod redis-0: redis crashed: ${reason}, exit code ${exitCode}, 3 restarts`,
    );
    const found = (starving: boolean) =>
      check(story([crashing, message], starving), 'topology-formed').verdict;
    expect(found(true)).toBe(verdict);
    expect(found(false)).toBe('fail');
  });
});

describe('a run of the shipped manifests on kind, two cores beside other programs', () => {
  const text = readFileSync(join(import.meta.dirname, 'kind-on-two-cores.json'), 'utf8');
  const told = JSON.parse(text) as {
    readonly hosts: readonly [atMs: number, cpuPressure: number, steal: number, lagMs: number][];
    readonly generators: readonly [atMs: number, maxLagUs: number][];
    readonly acknowledgedMs: Readonly<Record<string, readonly number[]>>;
    readonly phases: readonly (EventBody & { atUs: number })[];
    readonly faults: readonly (EventBody & { atUs: number })[];
  };
  const outage = (runDelay?: number) => {
    const { plan, topology } = scriptRun();
    const events: RunEvent[] = [
      ...told.phases,
      ...told.faults,
      ...told.hosts.map(([atMs, cpuPressure, steal, loopLagMs]): RunEvent => {
        const host = { kind: 'host', cpuPressure, steal, loopLagMs } as const;
        return { atUs: atMs * 1000, ...host, ...(runDelay === undefined ? {} : { runDelay }) };
      }),
      ...told.generators.map(([atMs, maxLagUs]): RunEvent => {
        const generator = { kind: 'generator', scheduled: 200, started: 200, inFlight: 9 } as const;
        return { atUs: atMs * 1000, ...generator, maxLagUs: runDelay === undefined ? maxLagUs : 0 };
      }),
    ];
    const operations = Object.entries(told.acknowledgedMs).flatMap(([key, times]) =>
      times.map((ms, index) =>
        request({ id: `${key}${index}`, key, startUs: ms * 1000 - 1, endUs: ms * 1000 }),
      ),
    );
    const evaluation = evaluate({ plan, topology, events, operations });
    return check(evaluation, 'outage-within-budget');
  };
  test('40 s without a write of some keys, under a pressure of 0.9 and more: undecided', () => {
    const found = outage();
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(/^40\.7s of /);
    expect(found.observed).toMatch(remedy);
  });
  test('the same is red where our own programs hardly waited for a CPU', () => {
    expect(outage(0.1).verdict).toBe('fail');
  });
});

describe('a load that did not get far enough', () => {
  const ended = (keep: number) => {
    const { plan, topology, events, operations } = scriptRun();
    return evaluate({
      plan,
      topology,
      events: events.filter(({ atUs }) => atUs < 19e6),
      operations: operations.filter(({ startUs }) => startUs < 19e6).slice(0, keep),
    });
  };
  test('ends the run undecided, with what was missing, and nothing broken', () => {
    const evaluation = ended(40);
    expect(evaluation.verdict).toBe('inconclusive');
    expect(check(evaluation, 'load-sufficient').observed).toBe(
      'before the fault only 10 acknowledged for hits, needed 40; nothing was broken',
    );
  });
  test('is no reason where it had gone far enough', () => {
    expect(ended(400).findings.map(({ id }) => id)).not.toContain('load-sufficient');
  });
});
