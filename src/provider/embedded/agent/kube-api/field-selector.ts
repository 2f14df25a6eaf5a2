import type { AnyObject } from '../store/objects.ts';
import { badRequest } from './api-error.ts';

interface FieldTest {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

/** Fields that may be selected by, of those that Kubernetes has. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  '*': ['metadata.name', 'metadata.namespace'],
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  Event: ['involvedObject.kind', 'involvedObject.name', 'involvedObject.uid', 'reason', 'type'],
  Secret: ['type'],
};

/** @throws ApiError for a part that is no `FIELD=VALUE`, `FIELD==VALUE` or `FIELD!=VALUE` */
export function fieldTests(selector: string): readonly FieldTest[] {
  const parts = selector.split(',').filter((part) => part !== '');
  return parts.map((part) => {
    const [, field, operator, value] = /^([\w.]+)(!=|==|=)(.*)$/.exec(part) ?? [];
    if (field === undefined || value === undefined) {
      throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
    }
    return { field, value, equal: operator !== '!=' };
  });
}

/** @throws ApiError for a field that objects of this kind cannot be selected by */
export function fieldSelector(kind: string, selector: string): (object: AnyObject) => boolean {
  const tests = fieldTests(selector);
  const fields = [...(selectable['*'] ?? []), ...(selectable[kind] ?? [])];
  const unknown = tests.find(({ field }) => !fields.includes(field));
  if (unknown) {
    throw badRequest(
      `Unable to find "${kind}" that match label selector "", field selector "${selector}": field label not supported: ${unknown.field}`,
    );
  }
  return (object) =>
    tests.every(({ field, value, equal }) => (textAt(object, field) === value) === equal);
}

function textAt(object: AnyObject, path: string): string {
  let value: unknown = object;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return typeof value === 'string' ? value : '';
}
