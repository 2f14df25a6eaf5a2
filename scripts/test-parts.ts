/** The parts of `npm test`, in the order in which they run: what is quick to fail comes first. */
export const partNames = ['checks', 'unit', 'bundle', 'browser', 'integration', 'e2e'] as const;
export type PartName = (typeof partNames)[number];

export interface PartResult {
  readonly part: PartName;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

/** How long each part took, as lines of text. */
export function timeTable(results: readonly PartResult[]): string {
  const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = results.map(
    ({ part, passed, failed, seconds }) =>
      `${part.padEnd(12)} ${clock(seconds).padStart(7)}  ${passed} passed, ${failed} failed`,
  );
  return [...lines, `${'together'.padEnd(12)} ${clock(total).padStart(7)}`].join('\n');
}

/** Minutes and seconds, `3:07`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
