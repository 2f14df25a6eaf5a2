import { expect, test } from 'vitest';
import { type Figure, ratioOf } from '../../../bench/figures/figure.ts';
import { pongFigure, readyFigures } from '../../../bench/figures/pods.ts';

/**
 * Goal: a pod costs what a process costs. Method: its time beside that of the provider's own rehearsal,
 * which makes what a pod needs and is slow where pods are; at most a ratio with room. The figures
 * themselves: `npm run bench`.
 */
const signal = AbortSignal.timeout(170_000);

/** In rehearsals; measured beside much other work: 2.3, 1.6 and 4.7. */
const limits = { pong: 8, ready: [40, 120], agentMb: 150 } as const;

function expectWithin(figure: Figure, limit: number): void {
  const seen = `${figure.what}: ${figure.measured.toFixed(0)} ms, ${figure.of}: ${figure.reference.toFixed(0)} ms`;
  console.log(seen);
  expect(ratioOf(figure), seen).toBeLessThanOrEqual(limit);
}

test('a pod answers PONG in the time of a few rehearsals', async () => {
  expectWithin(await pongFigure(7, signal), limits.pong);
});

test('six pods and thirty more are ready at once, and the node stays below 150 MB', async () => {
  const { times, agentMb } = await readyFigures(1, signal);
  for (const [index, figure] of times.entries()) expectWithin(figure, limits.ready[index] ?? 0);
  expect(agentMb).toBeLessThanOrEqual(limits.agentMb);
});
