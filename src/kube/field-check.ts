import { describeValue, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { didYouMean } from '../model/suggestion.ts';
import type { YamlPath } from '../model/yaml-document.ts';
import { type ApiField, apiType, apiValues } from './api-schema.ts';
import { objectError } from './manifest-source.ts';

/**
 * Checks a value against the API's type: unknown fields, missing ones, wrong types, values that are
 * none of the published ones. As kubectl's strict decoding does, but with the line. A null counts as absent, as in the API.
 * Values of text fields are never repeated in a message: they may be secrets.
 */
export function checkFields(
  object: KubeObject,
  path: YamlPath,
  value: JsonMap,
  typeName: string,
): void {
  const type = apiType(typeName) ?? new Map<string, ApiField>();
  for (const [key, entry] of Object.entries(value)) {
    const field = type.get(key);
    const here = [...path, key];
    if (!field) {
      const hint = didYouMean(key, type.keys());
      throw objectError(object, here, `unknown field ${formatPath(here)}${hint}`, 'key');
    }
    if (entry === null || entry === undefined) continue;
    checkField(object, here, entry, field);
    checkValues(object, here, entry, `${typeName}.${key}`);
  }
  for (const [key, { required }] of type) {
    if (!required || (value[key] !== null && value[key] !== undefined)) continue;
    throw objectError(object, path, `${formatPath([...path, key])} is missing`);
  }
}

/** One of a set of values, or a list of them. */
function checkValues(object: KubeObject, path: YamlPath, value: unknown, name: string): void {
  const values = apiValues(name);
  if (values === null) return;
  for (const [index, one] of (Array.isArray(value) ? value : [value]).entries()) {
    if (values.includes(String(one))) continue;
    const at = Array.isArray(value) ? [...path, index] : path;
    const shown = values.filter(Boolean);
    const hint = didYouMean(String(one), shown);
    throw objectError(
      object,
      at,
      `${formatPath(at)} is ${String(one) || 'empty'}, must be one of ${shown.join(', ')}${hint}`,
    );
  }
}

function checkField(object: KubeObject, path: YamlPath, value: unknown, field: ApiField): void {
  if (field.shape === 'one') {
    checkOne(object, path, value, field.type);
  } else if (field.shape === 'list') {
    if (!Array.isArray(value)) throw wrongType(object, path, value, 'a list');
    for (const [index, item] of value.entries()) {
      checkOne(object, [...path, index], item, field.type);
    }
  } else {
    if (!isMap(value)) throw wrongType(object, path, value, 'a map');
    for (const [key, item] of Object.entries(value)) {
      if (item !== null) checkOne(object, [...path, key], item, field.type);
    }
  }
}

function checkOne(object: KubeObject, path: YamlPath, value: unknown, typeName: string): void {
  const type = apiType(typeName);
  if (type) {
    if (!isMap(value)) throw wrongType(object, path, value, 'a map');
    checkFields(object, path, value, typeName);
    return;
  }
  const expected = problem(value, typeName);
  if (expected !== null) throw wrongType(object, path, value, expected);
}

/** What was expected of a scalar, or null when it is right. */
function problem(value: unknown, type: string): string | null {
  switch (type) {
    case 'text':
      return typeof value === 'string' ? null : 'text';
    case 'bool':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'int':
      if (!Number.isInteger(value)) return 'a whole number';
      return Math.abs(Number(value)) < 2 ** 31 ? null : 'a whole number of 32 bits';
    case 'long':
      return Number.isInteger(value) ? null : 'a whole number';
    case 'number':
      return typeof value === 'number' ? null : 'a number';
    case 'intOrText':
      return Number.isInteger(value) || typeof value === 'string' ? null : 'a whole number or text';
    case 'quantity':
      return isQuantity(value) ? null : 'a quantity such as 250m, 64Mi or 1';
    default:
      return null;
  }
}

/** resource.Quantity: a decimal number with a binary or decimal suffix, or an exponent. */
function isQuantity(value: unknown): boolean {
  if (typeof value === 'number') return true;
  return (
    typeof value === 'string' &&
    /^[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(value)
  );
}

function wrongType(object: KubeObject, path: YamlPath, value: unknown, expected: string): Error {
  const scalarAsText = expected === 'text' && ['number', 'boolean'].includes(typeof value);
  const got = scalarAsText ? `a ${typeof value}; put it in quotes` : describeShort(value);
  return objectError(object, path, `${formatPath(path)}: expected ${expected}, got ${got}`);
}

function describeShort(value: unknown): string {
  return typeof value === 'string' && value.length > 40 ? 'text' : describeValue(value);
}

/** `spec.template.spec.containers[0].image` */
export function formatPath(path: YamlPath): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`,
    '',
  );
}
