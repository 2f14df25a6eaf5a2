import { measure } from '../checker.ts';
import type { Measured } from '../judge-report.ts';
import type { Figure } from './figure.ts';

/** A million requests decided, beside reading them: the lines are parsed in the same process. */
export function checkerFigure(large: Measured = measure(1_000_000)): Figure {
  return {
    what: `${large.operations.toLocaleString('en')} requests decided`,
    measured: large.decideCpuMs,
    reference: large.readCpuMs,
    of: 'reading them: parsing their lines',
    unit: 'CPU ms',
  };
}
