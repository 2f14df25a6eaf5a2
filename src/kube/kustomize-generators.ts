import { basename, join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { asList, asMap, asText, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { YamlDocument, YamlPath } from '../model/yaml-document.ts';
import { readTextOrNull } from '../platform/files.ts';
import { rememberSource } from './manifest-source.ts';

/** Objects, and which of them get a hash of their content at the end of their name. */
export interface Generated {
  readonly objects: KubeObject[];
  readonly hashed: ReadonlySet<KubeObject>;
}

const generatorFields = ['name', 'namespace', 'files', 'literals', 'envs', 'options', 'type'];
const optionFields = ['disableNameSuffixHash', 'labels', 'annotations', 'immutable'];

/** ConfigMaps and Secrets of `configMapGenerator` and `secretGenerator`. */
export async function generateObjects(
  folder: string,
  root: JsonMap,
  document: YamlDocument,
): Promise<Generated> {
  const objects: KubeObject[] = [];
  const hashed = new Set<KubeObject>();
  refuseOthers(asMap(root.generatorOptions), optionFields, document, ['generatorOptions']);
  for (const field of ['configMapGenerator', 'secretGenerator'] as const) {
    for (const [index, entry] of asList(root[field]).entries()) {
      const path: YamlPath = [field, index];
      const generator = asMap(entry);
      const kind = field === 'configMapGenerator' ? 'ConfigMap' : 'Secret';
      refuseOthers(generator, generatorFields, document, path);
      refuseOthers(asMap(generator.options), optionFields, document, [...path, 'options']);
      const options = optionsOf(asMap(root.generatorOptions), asMap(generator.options));
      const data = await readData(folder, generator, document, path);
      const object = objectOf(kind, generator, options, data, document, path);
      rememberSource(object, { document, prefix: path });
      objects.push(object);
      if (options.disableNameSuffixHash !== true) hashed.add(object);
    }
  }
  return { objects, hashed };
}

function optionsOf(common: JsonMap, own: JsonMap): JsonMap {
  return {
    ...common,
    ...own,
    labels: { ...asMap(common.labels), ...asMap(own.labels) },
    annotations: { ...asMap(common.annotations), ...asMap(own.annotations) },
  };
}

function objectOf(
  kind: 'ConfigMap' | 'Secret',
  generator: JsonMap,
  options: JsonMap,
  data: ReadonlyMap<string, string>,
  document: YamlDocument,
  path: YamlPath,
): KubeObject {
  const name = asText(generator.name);
  if (!name) throw wrong(document, path, 'a generator needs a name');
  const namespace = asText(generator.namespace);
  const encode = (text: string) =>
    kind === 'Secret' ? Buffer.from(text, 'utf8').toString('base64') : text;
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...filled('labels', options.labels),
      ...filled('annotations', options.annotations),
    },
    data: Object.fromEntries([...data].map(([key, text]) => [key, encode(text)])),
    ...(kind === 'Secret' ? { type: asText(generator.type) ?? 'Opaque' } : {}),
    ...(options.immutable === true ? { immutable: true } : {}),
  };
}

function filled(key: string, value: unknown): JsonMap {
  return isMap(value) && Object.keys(value).length > 0 ? { [key]: value } : {};
}

async function readData(
  folder: string,
  generator: JsonMap,
  document: YamlDocument,
  path: YamlPath,
): Promise<Map<string, string>> {
  const data = new Map<string, string>();
  const add = (key: string, text: string, at: YamlPath) => {
    if (data.has(key)) throw wrong(document, at, `the key ${key} is given twice`);
    data.set(key, text);
  };
  const read = async (file: string, at: YamlPath): Promise<string> => {
    const text = await readTextOrNull(join(folder, file));
    if (text === null) throw wrong(document, at, `there is no ${join(folder, file)}`);
    if (text.includes('\uFFFD')) throw wrong(document, at, `${file} is not UTF-8 text`);
    return text;
  };
  for (const [field, entry, at] of entriesOf(generator, document, path)) {
    const [, key = '', rest = ''] = /^([^=]+)=([\s\S]*)$/.exec(entry) ?? [];
    if (field === 'files') {
      add(key || basename(entry), await read(rest || entry, at), at);
    } else if (field === 'literals') {
      if (!key) throw wrong(document, at, 'a literal is KEY=VALUE');
      add(key, unquoted(rest), at);
    } else {
      for (const line of (await read(entry, at)).split(/\r?\n/)) {
        if (/^\s*(#|$)/.test(line)) continue;
        const pair = /^\s*([^=\s]+)=(.*)$/.exec(line);
        if (!pair?.[1]) throw wrong(document, at, `${entry} has a line that is not KEY=VALUE`);
        add(pair[1], pair[2] ?? '', at);
      }
    }
  }
  return data;
}

function* entriesOf(
  generator: JsonMap,
  document: YamlDocument,
  path: YamlPath,
): Generator<['files' | 'literals' | 'envs', string, YamlPath]> {
  for (const field of ['envs', 'files', 'literals'] as const) {
    for (const [index, entry] of asList(generator[field]).entries()) {
      const at = [...path, field, index];
      if (typeof entry !== 'string') throw wrong(document, at, 'expected text');
      yield [field, entry, at];
    }
  }
}

/** kustomize takes one pair of quotes off a literal's value. */
function unquoted(text: string): string {
  const quote = text.length > 1 && text[0] === text.at(-1) ? text[0] : '';
  return quote === '"' || quote === "'" ? text.slice(1, -1) : text;
}

function refuseOthers(
  value: JsonMap,
  known: readonly string[],
  document: YamlDocument,
  path: YamlPath,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw wrong(
      document,
      [...path, key],
      `not supported here (there are: ${known.join(', ')}); build it with kubectl kustomize`,
    );
  }
}

function wrong(document: YamlDocument, path: YamlPath, message: string): UsageError {
  return new UsageError(`kustomization ${path.join('.')}: ${message}`, {
    position: document.positionOf(path),
  });
}
