import { createHash } from 'node:crypto';
import { isMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';

/**
 * The suffix kustomize gives a generated ConfigMap or Secret (kustomize api/hasher): SHA-256 of its
 * content as Go writes JSON, ten hexadecimal digits of it, those that may spell words replaced. The
 * name is meant to count too, but kustomize looks it up in a way that never finds it: always empty.
 */
export function contentHash(object: KubeObject): string {
  const content: Record<string, unknown> = {
    kind: object.kind,
    name: '',
    data: object.data ?? '',
  };
  if (object.kind === 'Secret') content.type = object.type ?? '';
  if (object.binaryData !== undefined) content.binaryData = object.binaryData;
  const digest = createHash('sha256').update(goJson(content)).digest('hex').slice(0, 10);
  const safe: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return [...digest].map((digit) => safe[digit] ?? digit).join('');
}

/** encoding/json: keys sorted, and `<`, `>`, `&`, U+2028 and U+2029 escaped. */
function goJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
  return sorted.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
