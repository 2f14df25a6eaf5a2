import { asMap } from '../../model/json-value.ts';
import { configKey } from './names.ts';
import { entries, field, isGiven, type Part, type Problem, problem, textOf } from './part.ts';

/** etcd's own limit is 1.5 MiB; the API's is 1 MiB for all values together. */
const bytesMost = 1024 * 1024;

export function* checkConfigMap(object: Part): Iterable<Problem> {
  const data = field(object, 'data');
  const binary = field(object, 'binaryData');
  let size = 0;
  for (const [key, part] of [...entries(data), ...entries(binary)]) {
    yield* checkKey(key, part);
    size += Buffer.byteLength(textOf(part));
  }
  for (const [key, part] of entries(binary)) {
    if (key in asMap(data.value)) yield problem(part, 'is in data too', `data[${key}]`);
    if (!isBase64(textOf(part))) yield problem(part, 'is not base64; plain text goes into data');
  }
  if (size > bytesMost) yield problem(data, `has ${size} bytes, must be ${bytesMost} at most`);
}

/** What each type of Secret must hold: every one of the keys, or one of them. */
const requiredKeys: Readonly<Record<string, { all?: readonly string[]; one?: readonly string[] }>> =
  {
    'kubernetes.io/tls': { all: ['tls.crt', 'tls.key'] },
    'kubernetes.io/ssh-auth': { all: ['ssh-privatekey'] },
    'kubernetes.io/dockerconfigjson': { all: ['.dockerconfigjson'] },
    'kubernetes.io/dockercfg': { all: ['.dockercfg'] },
    'kubernetes.io/basic-auth': { one: ['username', 'password'] },
  };

/** Values are secret: no message repeats one. */
export function* checkSecret(object: Part): Iterable<Problem> {
  const data = field(object, 'data');
  const plain = field(object, 'stringData');
  for (const [key, part] of [...entries(data), ...entries(plain)]) yield* checkKey(key, part);
  for (const [key, part] of entries(data)) {
    if (!isBase64(textOf(part))) {
      yield problem(part, 'is not base64; for plain text use stringData', `data.${key}`);
    }
  }
  const has = (key: string) => isGiven(field(data, key)) || isGiven(field(plain, key));
  const type = textOf(field(object, 'type'));
  const { all = [], one = [] } = requiredKeys[type] ?? {};
  for (const key of all) {
    if (!has(key)) yield problem(data, `is missing in a Secret of type ${type}`, `data[${key}]`);
  }
  if (one.length > 0 && !one.some(has)) {
    yield problem(
      data,
      `or another of ${one.join(', ')} is missing in a Secret of type ${type}`,
      `data[${one[0]}]`,
    );
  }
  for (const key of ['.dockerconfigjson', '.dockercfg']) {
    if (!all.includes(key) || !has(key)) continue;
    const text = isGiven(field(plain, key))
      ? textOf(field(plain, key))
      : Buffer.from(textOf(field(data, key)), 'base64').toString('utf8');
    if (!isJson(text)) yield problem(field(data, key), 'is not JSON', `data[${key}]`);
  }
  const account = field(object, 'metadata', 'annotations', 'kubernetes.io/service-account.name');
  if (type === 'kubernetes.io/service-account-token' && textOf(account) === '') {
    yield problem(
      account,
      `is missing in a Secret of type ${type}`,
      'metadata.annotations[kubernetes.io/service-account.name]',
    );
  }
}

function* checkKey(key: string, part: Part): Iterable<Problem> {
  const wrong = configKey(key);
  // the API server has folded stringData into data by then
  const list = part.path[0] === 'stringData' ? 'data' : String(part.path[0]);
  if (wrong !== null) yield problem(part, `is not a key: it ${wrong}`, `${list}[${key}]`);
}

function isBase64(text: string): boolean {
  const packed = text.replace(/[\r\n]/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
