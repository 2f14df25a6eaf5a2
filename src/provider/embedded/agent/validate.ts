import { InfrastructureError, UsageError } from '../../../model/errors.ts';
import type { KubeObject } from '../../provider.ts';
import type { FieldRule } from './field-rules.ts';
import { honouredKinds, inertKinds } from './kind-fields.ts';

/**
 * Checks an object against what the embedded node can do.
 * @returns fields (or kinds) that are accepted without meaning here, e.g. `StatefulSet spec.template.spec.affinity`
 * @throws UsageError when Kubernetes would refuse the object too; InfrastructureError when it is
 * valid but embedded cannot honour it. Both name the object and the field.
 */
export function validateObject(object: KubeObject): string[] {
  const kind: unknown = object.kind;
  const name: unknown = object.metadata?.name;
  if (typeof kind !== 'string' || typeof object.apiVersion !== 'string') {
    throw new UsageError(
      `an object without apiVersion or kind: ${JSON.stringify(object).slice(0, 80)}`,
    );
  }
  if (typeof name !== 'string' || !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) {
    throw new UsageError(
      `${kind}: metadata.name is ${JSON.stringify(name)}; expected lower-case letters, digits, '-' and '.' (RFC 1123)`,
    );
  }
  if (inertKinds.has(kind)) return [`kind ${kind}`];
  const rule = Object.hasOwn(honouredKinds, kind) ? honouredKinds[kind] : undefined;
  if (!rule) {
    throw new InfrastructureError(
      `${kind}/${name}: the embedded provider does not know the kind ${kind}; leave it out or run with --provider kind`,
    );
  }
  const walk: Walk = { what: `${kind}/${name}`, kind, ignored: new Set() };
  check(object, rule, '', walk);
  checkSelector(object, walk);
  checkBudget(object, walk);
  return [...walk.ignored];
}

interface Walk {
  readonly what: string;
  readonly kind: string;
  readonly ignored: Set<string>;
}

function check(value: unknown, rule: FieldRule, path: string, walk: Walk): void {
  if (value === undefined || value === null) return;
  switch (rule.rule) {
    case 'ignore':
      walk.ignored.add(`${walk.kind} ${path.replace(/\[\d+\]/g, '[]')}`);
      return;
    case 'refuse':
      if (rule.unless.includes(value)) return;
      throw new InfrastructureError(
        `${walk.what}: ${path} is ${JSON.stringify(value)?.slice(0, 80)}: the embedded provider cannot imitate ${rule.why}; run with --provider kind`,
      );
    case 'use':
      if (rule.type && !hasType(value, rule.type)) throw wrongType(walk, path, rule.type, value);
      return;
    case 'list':
      if (!Array.isArray(value)) throw wrongType(walk, path, 'list', value);
      value.forEach((item, index) => {
        if (item === null) throw wrongType(walk, `${path}[${index}]`, 'value', item);
        check(item, rule.of, `${path}[${index}]`, walk);
      });
      return;
    case 'object':
      checkObject(value, rule, path, walk);
      return;
    default:
      rule satisfies never;
  }
}

function checkObject(
  value: unknown,
  rule: Extract<FieldRule, { rule: 'object' }>,
  path: string,
  walk: Walk,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(walk, path, 'map', value);
  }
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  for (const field of rule.required) {
    const given: unknown = Reflect.get(value, field);
    if (given === undefined || given === null || given === '') {
      throw new UsageError(`${walk.what}: ${at(field)} is required`);
    }
  }
  for (const [field, inner] of Object.entries(value)) {
    const known = Object.hasOwn(rule.fields, field) ? rule.fields[field] : undefined;
    if (!known) {
      throw new UsageError(
        `${walk.what}: unknown field ${at(field)}; known here: ${Object.keys(rule.fields).sort().join(', ')}`,
      );
    }
    check(inner, known, at(field), walk);
  }
}

function hasType(value: unknown, type: 'string' | 'integer' | 'boolean' | 'list' | 'map'): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'list') return Array.isArray(value);
  if (type === 'map') return typeof value === 'object' && !Array.isArray(value);
  return typeof value === type;
}

function wrongType(walk: Walk, path: string, expected: string, value: unknown): UsageError {
  const shown = JSON.stringify(value)?.slice(0, 60) ?? String(value);
  return new UsageError(`${walk.what}: ${path} is ${shown}; expected a ${expected}`);
}

/** policy/v1: a budget says what must stay or what may go, not both. */
function checkBudget({ spec }: KubeObject, { kind, what }: Walk): void {
  if (kind !== 'PodDisruptionBudget') return;
  const { minAvailable, maxUnavailable } = spec as Readonly<Record<string, unknown>>;
  if (minAvailable === undefined || maxUnavailable === undefined) return;
  throw new UsageError(`${what}: spec.minAvailable and spec.maxUnavailable cannot be both set`);
}

/** The API refuses a controller whose selector does not match its own pods. */
function checkSelector(object: KubeObject, walk: Walk): void {
  if (!['StatefulSet', 'Deployment', 'ReplicaSet'].includes(walk.kind)) return;
  const spec = object.spec as {
    selector: { matchLabels?: Record<string, string> };
    template: { metadata?: { labels?: Record<string, string> } };
  };
  for (const [key, value] of Object.entries(spec.selector.matchLabels ?? {})) {
    if (spec.template.metadata?.labels?.[key] === value) continue;
    throw new UsageError(
      `${walk.what}: spec.selector.matchLabels has ${key}=${value}, which spec.template.metadata.labels has not`,
    );
  }
}
