import { type ApiError, badRequest, invalid } from './api-error.ts';

const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const prefixRule =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const annotationLimitBytes = 256 * 1024;

/** @throws ApiError 422 for a key or value that no label may have, 400 for no map of texts */
export function checkLabels(kind: string, name: string, given: unknown): Record<string, string> {
  const labels = texts(kind, 'labels', given);
  for (const [key, value] of Object.entries(labels)) {
    checkKey(kind, name, 'metadata.labels', key);
    if (value.length > 63) {
      throw wrong(kind, name, 'metadata.labels', value, 'must be no more than 63 bytes');
    }
    if (value !== '' && !namePart.test(value)) {
      throw wrong(kind, name, 'metadata.labels', value, valueRule);
    }
  }
  return labels;
}

/** @throws ApiError as checkLabels; values may be any text, 256 KiB in all */
export function checkAnnotations(
  kind: string,
  name: string,
  given: unknown,
): Record<string, string> {
  const annotations = texts(kind, 'annotations', given);
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    checkKey(kind, name, 'metadata.annotations', key.toLowerCase());
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes <= annotationLimitBytes) return annotations;
  const problem = `Too long: may not be more than ${annotationLimitBytes} bytes`;
  throw invalid(kind, name, 'metadata.annotations', problem);
}

function texts(kind: string, field: string, given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {};
  const map = typeof given === 'object' && !Array.isArray(given) ? Object.entries(given) : null;
  const other = map?.find(([, value]) => typeof value !== 'string');
  if (map === null || other) {
    const type = map === null ? 'value' : typeof other?.[1];
    throw badRequest(
      `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal ${type} into Go struct field ObjectMeta.metadata.${field} of type string`,
    );
  }
  return Object.fromEntries(map) as Record<string, string>;
}

function checkKey(kind: string, name: string, field: string, key: string): void {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? null : key.slice(0, slash);
  const part = key.slice(slash + 1);
  if (prefix !== null && (!subdomain.test(prefix) || prefix.length > 253)) {
    throw wrong(kind, name, field, key, prefixRule);
  }
  if (!namePart.test(part) || part.length > 63) throw wrong(kind, name, field, key, nameRule);
}

function wrong(kind: string, name: string, field: string, value: string, rule: string): ApiError {
  return invalid(kind, name, field, `Invalid value: ${JSON.stringify(value)}: ${rule}`);
}
