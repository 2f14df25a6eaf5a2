import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { type Machine, mayStart } from '../../support/machine/admission.ts';
import { starvation, withMoreRoom } from '../../support/machine/run-for-verdict.ts';

/**
 * Goal: runs of the tests go side by side without starving each other, and only what the machine left
 * undecided is run again. Method: the rules, by their inputs.
 */
const idle: Machine = {
  running: 0,
  taken: false,
  sinceStartMs: Number.POSITIVE_INFINITY,
  pressure: 0.05,
  cpus: 2,
};

describe('one more run starts', () => {
  test.each<[string, Partial<Machine>]>([
    ['on an idle machine', {}],
    ['beside three that wait', { running: 3, sinceStartMs: 5000 }],
    ['on a machine that is busy with other work, when it would be the only one', { pressure: 1 }],
    [
      'where tasks wait for a processor, one a processor',
      { running: 1, pressure: 0.9, sinceStartMs: 16_000 },
    ],
    [
      'where nobody tells the pressure, one a processor',
      { running: 1, pressure: null, sinceStartMs: 16_000 },
    ],
  ])('%s', (_, machine) => {
    expect(mayStart({ ...idle, ...machine }, false, 0)).toBe(true);
  });
  test.each<[string, Partial<Machine>]>([
    ['right after another has started', { running: 1, sinceStartMs: 500 }],
    [
      'while tasks wait for a processor and another is still starting',
      { running: 1, pressure: 0.8, sinceStartMs: 9000 },
    ],
    ['while tasks wait for a processor, beside one a processor', { running: 2, pressure: 0.8 }],
    ['beside two a processor', { running: 4 }],
    ['beside one that has the machine to itself', { running: 1, taken: true }],
    ['where nobody tells the pressure, beside one a processor', { running: 2, pressure: null }],
  ])('not %s', (_, machine) => {
    expect(mayStart({ ...idle, ...machine }, false, 0)).toBe(false);
  });
  test('alone: not beside another, nor on a busy machine until it has been waited for', () => {
    expect(mayStart(idle, true, 0)).toBe(true);
    expect(mayStart({ ...idle, running: 1 }, true, 1e9)).toBe(false);
    expect(mayStart({ ...idle, pressure: 0.9 }, true, 1000)).toBe(false);
    expect(mayStart({ ...idle, pressure: 0.9 }, true, 60_000)).toBe(true);
  });
});

describe('starved', () => {
  const host = (cpuPressure: number | null, loopLagMs: number) =>
    ({ kind: 'host', atUs: 0, cpuPressure, steal: null, loopLagMs }) as unknown as RunEvent;
  const late = (maxLagUs: number) =>
    ({ kind: 'generator', atUs: 0, maxLagUs }) as unknown as RunEvent;
  test('by pressure, by the tool’s own lag or by the generator’s', () => {
    expect(starvation([host(0.9, 0), host(0.7, 0)])).toContain('80 %');
    expect(starvation([host(0, 300)])).toContain('300 ms');
    expect(starvation([late(400_000)])).toContain('400 ms');
  });
  test('not when there was time for it, nor when nothing says so', () => {
    expect(starvation([host(0.2, 12), host(null, 3), late(20_000)])).toBeNull();
    expect(starvation([])).toBeNull();
  });
});

test('more room: half the load, and twice the node timeout of a set-up that is ours', () => {
  const of = (line: string) => withMoreRoom(line.split(' ')).join(' ');
  expect(of('run --node-timeout 2s --rate 80 --fault pod-zero')).toBe(
    'run --fault pod-zero --rate 40 --node-timeout 4s',
  );
  expect(of('run --provider embedded')).toBe(
    'run --provider embedded --rate 100 --node-timeout 10s',
  );
  expect(of('run --manifests a.yaml --form tool')).toBe(
    'run --manifests a.yaml --form tool --rate 100',
  );
});
