import { asMap, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { withSourceOf } from './manifest-source.ts';

export interface Rename {
  readonly object: KubeObject;
  readonly name: string;
}

/**
 * Fields that name another object, by the key of the map they stand in (kustomize's nameReference
 * table, for the kinds that Redis set-ups use).
 */
const referenceFields: readonly { parent: string | null; field: string; kind: string }[] = [
  { parent: 'configMap', field: 'name', kind: 'ConfigMap' },
  { parent: 'configMapRef', field: 'name', kind: 'ConfigMap' },
  { parent: 'configMapKeyRef', field: 'name', kind: 'ConfigMap' },
  { parent: 'secret', field: 'secretName', kind: 'Secret' },
  { parent: 'secret', field: 'name', kind: 'Secret' },
  { parent: 'secretRef', field: 'name', kind: 'Secret' },
  { parent: 'secretKeyRef', field: 'name', kind: 'Secret' },
  { parent: 'imagePullSecrets', field: 'name', kind: 'Secret' },
  { parent: 'persistentVolumeClaim', field: 'claimName', kind: 'PersistentVolumeClaim' },
  { parent: null, field: 'serviceAccountName', kind: 'ServiceAccount' },
  { parent: null, field: 'serviceAccount', kind: 'ServiceAccount' },
  { parent: null, field: 'serviceName', kind: 'Service' },
];

/** Gives objects new names and lets every reference to them follow. */
export function renameObjects(
  objects: readonly KubeObject[],
  renames: readonly Rename[],
): KubeObject[] {
  const newNames = new Map(
    renames.map(({ object, name }) => [`${object.kind}/${object.metadata.name}`, name]),
  );
  const nameOf = new Map(renames.map(({ object, name }) => [object, name]));
  return objects.map((object) => {
    const name = nameOf.get(object) ?? object.metadata.name;
    const followed = follow(object, null, newNames) as KubeObject;
    return withSourceOf({ ...followed, metadata: { ...object.metadata, name } }, object);
  });
}

function follow(
  value: unknown,
  parent: string | null,
  names: ReadonlyMap<string, string>,
): unknown {
  if (Array.isArray(value)) return value.map((item) => follow(item, parent, names));
  if (!isMap(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) copy[key] = follow(inner, key, names);
  for (const { parent: holder, field, kind } of referenceFields) {
    if (holder === null || holder === parent) rename(copy, field, kind, names);
  }
  // Ones that say the kind themselves: roleRef, subjects, scaleTargetRef.
  if (['roleRef', 'subjects', 'scaleTargetRef'].includes(parent ?? '') && isLocal(copy)) {
    rename(copy, 'name', String(copy.kind), names);
  }
  return copy;
}

/** A subject of another namespace is somebody else's. */
function isLocal(reference: JsonMap): boolean {
  const { namespace } = asMap(reference);
  return namespace === undefined || namespace === 'default';
}

function rename(
  holder: Record<string, unknown>,
  field: string,
  kind: string,
  names: ReadonlyMap<string, string>,
): void {
  const name =
    typeof holder[field] === 'string' ? names.get(`${kind}/${holder[field]}`) : undefined;
  if (name !== undefined) holder[field] = name;
}
