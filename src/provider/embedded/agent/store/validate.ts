import { objectName } from '../../../../kube/manifest-source.ts';
import { validateObject as validateForApi } from '../../../../kube/validate.ts';
import { InfrastructureError, UsageError } from '../../../../model/errors.ts';
import { asList, asMap } from '../../../../model/json-value.ts';
import type { KubeObject } from '../../../provider.ts';
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
  if (typeof name !== 'string' || name === '') {
    throw new UsageError(`${kind}: metadata.name is ${JSON.stringify(name)}; expected a name`);
  }
  validateForApi(object);
  if (inertKinds.has(kind)) return [`kind ${kind}`];
  const rule = Object.hasOwn(honouredKinds, kind) ? honouredKinds[kind] : undefined;
  if (!rule) {
    throw new InfrastructureError(
      `${kind}/${name}: the embedded provider does not know the kind ${kind}; leave it out or run with --provider kind`,
    );
  }
  const walk: Walk = { what: `${kind}/${name}`, kind, ignored: new Set() };
  check(object, rule, '', walk);
  checkNodePorts(object);
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

/** `--service-node-port-range` as it is where nobody set it; a cluster of one's own may have another. */
const nodePorts = { least: 30_000, most: 32_767 };

function checkNodePorts(object: KubeObject): void {
  if (object.kind !== 'Service') return;
  for (const [index, port] of asList(asMap(object.spec).ports).entries()) {
    const { nodePort } = asMap(port);
    if (typeof nodePort !== 'number' || nodePort === 0) continue;
    if (nodePort >= nodePorts.least && nodePort <= nodePorts.most) continue;
    throw new UsageError(
      `${objectName(object)}: spec.ports[${index}].nodePort is ${nodePort}, must be between ${nodePorts.least} and ${nodePorts.most}`,
    );
  }
}
