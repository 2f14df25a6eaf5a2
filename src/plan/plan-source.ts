import { type Position, UsageError } from '../model/errors.ts';
import { planField } from './fields.ts';
import type { PlanFieldId, PlanValues } from './plan-values.ts';

/** Who gave a value, so that an error can point to it. */
export type Origin =
  | { readonly kind: 'file'; readonly path: string; readonly position: Position }
  /** `label` as the user wrote it: `--rate`, or `input rate` in a workflow. */
  | { readonly kind: 'option'; readonly label: string };

/** Part of a plan from one place: a plan file, or the flags. */
export interface PlanSource {
  readonly values: PlanValues;
  readonly origins: Readonly<Partial<Record<PlanFieldId, Origin>>>;
}

export const emptySource: PlanSource = { values: {}, origins: {} };

/** A flag or an Action's input as it was given, texts unparsed. */
export interface PlanOption {
  readonly id: PlanFieldId;
  readonly label: string;
  readonly texts: readonly string[];
}

/** @throws UsageError naming the option, what was expected and what came. */
export function readPlanOptions(options: readonly PlanOption[]): PlanSource {
  const values: Partial<Record<PlanFieldId, unknown>> = {};
  const origins: Partial<Record<PlanFieldId, Origin>> = {};
  for (const { id, label, texts } of options) {
    const { codec } = planField(id);
    const origin: Origin = { kind: 'option', label };
    if (texts.length > 1 && !codec.join) throw originError(origin, 'given twice; give it once');
    const parsed = texts.map((text) => {
      const value = codec.fromText(text.trim());
      if (value === undefined) throw valueError(origin, id, text);
      return value;
    });
    values[id] = codec.join ? codec.join(parsed) : parsed[0];
    origins[id] = origin;
  }
  return { values: values as PlanValues, origins };
}

export function originError(origin: Origin | undefined, message: string): UsageError {
  if (!origin) return new UsageError(message);
  return origin.kind === 'option'
    ? new UsageError(`${origin.label}: ${message}`)
    : new UsageError(`${origin.path}: ${message}`, { position: origin.position });
}

/** "expected …, got …", with a hint; what came is left out where it may be a password. */
export function valueError(origin: Origin, id: PlanFieldId, value: unknown): UsageError {
  const { codec } = planField(id);
  const got = codec.secret ? 'something else' : JSON.stringify(value);
  return originError(origin, `expected ${codec.expected}, got ${got}${codec.hint(value)}`);
}
