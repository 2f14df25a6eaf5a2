import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Writes src/kube/api-fields.json: the fields of the Kubernetes kinds that we check, taken from the
 * client library's generated models (which come from Kubernetes' own OpenAPI). One string a type:
 * `name!:text replicas:int ports:[]ServicePort`; `!` marks a required field.
 *
 *   node scripts/api-fields.ts
 */
const kinds: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'V1ConfigMap',
  'v1 Namespace': 'V1Namespace',
  'v1 PersistentVolumeClaim': 'V1PersistentVolumeClaim',
  'v1 Pod': 'V1Pod',
  'v1 Secret': 'V1Secret',
  'v1 Service': 'V1Service',
  'v1 ServiceAccount': 'V1ServiceAccount',
  'apps/v1 DaemonSet': 'V1DaemonSet',
  'apps/v1 Deployment': 'V1Deployment',
  'apps/v1 ReplicaSet': 'V1ReplicaSet',
  'apps/v1 StatefulSet': 'V1StatefulSet',
  'autoscaling/v2 HorizontalPodAutoscaler': 'V2HorizontalPodAutoscaler',
  'batch/v1 CronJob': 'V1CronJob',
  'batch/v1 Job': 'V1Job',
  'networking.k8s.io/v1 Ingress': 'V1Ingress',
  'networking.k8s.io/v1 NetworkPolicy': 'V1NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'V1PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 ClusterRole': 'V1ClusterRole',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': 'V1ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1 Role': 'V1Role',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'V1RoleBinding',
  'scheduling.k8s.io/v1 PriorityClass': 'V1PriorityClass',
  'storage.k8s.io/v1 StorageClass': 'V1StorageClass',
};

/** The models say string; the API takes a number too (resource.Quantity). */
const quantityFields = new Set(['divisor', 'sizeLimit', 'averageValue', 'value@MetricTarget']);
const quantityMaps = new Set(['requests', 'limits', 'capacity', 'overhead', 'allocatedResources']);

/** Published as required, and yet the server takes an object without: the zero value does. */
const filledIn = new Set(['HTTPHeader.value', 'SleepAction.seconds', 'Sysctl.value']);

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

export interface ApiFields {
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, string>>;
}

export function readApiFields(): ApiFields {
  const require = createRequire(import.meta.url);
  const models = join(dirname(require.resolve('@kubernetes/client-node')), 'gen', 'models');
  const known = new Set(readdirSync(models));
  const types: Record<string, string> = {};
  const waiting = Object.values(kinds);
  for (let model = waiting.pop(); model !== undefined; model = waiting.pop()) {
    const name = typeName(model);
    if (types[name] !== undefined || !known.has(`${model}.js`)) continue;
    const fields = attributesOf(join(models, `${model}.js`)).map((attribute) => {
      waiting.push(
        ...attribute.type.split(/[^A-Za-z0-9]+/).filter((word) => known.has(`${word}.js`)),
      );
      const isLeft = filledIn.has(`${name}.${attribute.baseName}`);
      const required =
        !isLeft && isRequired(join(models, `${model}.d.ts`), attribute.name) ? '!' : '';
      return `${attribute.baseName}${required}:${fieldType(name, attribute, known)}`;
    });
    types[name] = fields.join(' ');
  }
  return {
    kinds: Object.fromEntries(
      Object.entries(kinds).map(([kind, model]) => [kind, typeName(model)]),
    ),
    types: Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** `V1PodSpec` and `CoreV1ResourceClaim` are PodSpec and ResourceClaim to a reader. */
function typeName(model: string): string {
  return model.replace(/^(Core)?V\d+/, '');
}

function attributesOf(file: string): Attribute[] {
  const list = /attributeTypeMap = (\[[\s\S]*?\n\]|\[\]);/.exec(readFileSync(file, 'utf8'))?.[1];
  if (list === undefined)
    throw new Error(`${file} has no attributeTypeMap: the library's form changed`);
  return JSON.parse(list) as Attribute[];
}

const declarations = new Map<string, string>();

function isRequired(file: string, name: string): boolean {
  let text = declarations.get(file);
  if (text === undefined) {
    text = readFileSync(file, 'utf8');
    declarations.set(file, text);
  }
  return text.includes(`\n    '${name}': `);
}

function fieldType(
  owner: string,
  { baseName, type, format }: Attribute,
  known: Set<string>,
): string {
  if (quantityFields.has(baseName) || quantityFields.has(`${baseName}@${owner}`)) return 'quantity';
  if (quantityMaps.has(baseName) && type.startsWith('{')) return '{}quantity';
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list) return `[]${scalar(list, format, known)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map) return `{}${scalar(map, format, known)}`;
  return scalar(type, format, known);
}

function scalar(type: string, format: string, known: Set<string>): string {
  if (type === 'string' || type === 'Date' || type === 'V1MicroTime') return 'text';
  if (type === 'boolean') return 'bool';
  if (type === 'number')
    return format === 'double' ? 'number' : format === 'int64' ? 'long' : 'int';
  if (type === 'IntOrString') return 'intOrText';
  return known.has(`${type}.js`) ? typeName(type) : 'any';
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '..', 'src', 'kube', 'api-fields.json');
  writeFileSync(file, `${JSON.stringify(readApiFields(), null, 2)}\n`);
}
