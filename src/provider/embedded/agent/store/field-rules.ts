/**
 * What the embedded node does with a field of a Kubernetes object:
 * - `use`: honoured (its inside is not looked at further);
 * - `ignore`: accepted without meaning here, and listed in the report's fidelity;
 * - `refuse`: valid Kubernetes that changes behaviour in a way embedded cannot imitate, unless it
 *   has one of the `unless` values;
 * - the rest descend. A field in no table is one the Kubernetes API does not know either.
 */
export type FieldRule =
  | { readonly rule: 'use'; readonly type?: 'string' | 'integer' | 'boolean' | 'list' | 'map' }
  | { readonly rule: 'ignore' }
  | { readonly rule: 'refuse'; readonly why: string; readonly unless: readonly unknown[] }
  | { readonly rule: 'object'; readonly fields: FieldTable; readonly required: readonly string[] }
  | { readonly rule: 'list'; readonly of: FieldRule };

export type FieldTable = Readonly<Record<string, FieldRule>>;

export const use: FieldRule = { rule: 'use' };
export const string: FieldRule = { rule: 'use', type: 'string' };
export const integer: FieldRule = { rule: 'use', type: 'integer' };
export const boolean: FieldRule = { rule: 'use', type: 'boolean' };
export const strings: FieldRule = { rule: 'list', of: string };
export const map: FieldRule = { rule: 'use', type: 'map' };
export const ignore: FieldRule = { rule: 'ignore' };
export const refuse = (why: string, ...unless: unknown[]): FieldRule => ({
  rule: 'refuse',
  why,
  unless,
});
export const object = (fields: FieldTable, ...required: string[]): FieldRule => ({
  rule: 'object',
  fields,
  required,
});
export const list = (of: FieldRule): FieldRule => ({ rule: 'list', of });
