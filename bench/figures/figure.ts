/**
 * A figure of this machine beside a reference of the same run: alone it would say as much of the machine
 * as of us.
 */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly reference: number;
  /** What the reference is. */
  readonly of: string;
  readonly unit: 'ms' | 'CPU ms' | 'MB';
}

export function ratioOf({ measured, reference }: Figure): number {
  return measured / reference;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
