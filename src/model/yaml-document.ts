import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml';
import { describeError, type Position, UsageError } from './errors.ts';

/** Keys and indexes from a document's root, e.g. `['spec', 'ports', 0, 'name']`. */
export type YamlPath = readonly (string | number)[];

/** One document of a YAML file: its plain value, and where in the file each part of it stands. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Position of the value at `path`; of the nearest existing parent when there is none. */
  positionOf(path: YamlPath): Position;
  /** Position of the last key of `path` itself, for "this field is unknown". */
  positionOfKey(path: YamlPath): Position;
}

/**
 * - `kubernetes`: as kubectl reads YAML (sigs.k8s.io/yaml on yaml.v2, compared with kubectl 1.32): YAML
 *   1.1's `yes`, `on`, `y` are booleans, `0755` and `0o755` are octal; but no base-60 numbers, and a
 *   timestamp is a string.
 * - `core`: YAML 1.2, for our own files.
 */
export type YamlDialect = 'kubernetes' | 'core';

/**
 * Parses a file of any number of documents (JSON is YAML too). Empty documents are left out.
 * @throws UsageError with file, line and column for what does not parse: syntax, a key given twice,
 * an unknown tag, an alias without its anchor.
 */
export function parseYaml(text: string, file: string, dialect: YamlDialect): YamlDocument[] {
  const lineCounter = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const parsed = parseAllDocuments(text, {
    lineCounter,
    prettyErrors: false,
    logLevel: 'silent',
    ...(dialect === 'core'
      ? { version: '1.2' }
      : { version: '1.1', schema: 'yaml-1.1', customTags: goTags }),
  });
  const documents: Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  return documents.flatMap((document) => {
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem)
      throw new UsageError(`not valid YAML: ${problem.message}`, { position: at(problem.pos[0]) });
    if (document.contents === null || isEmptyScalar(document.contents)) return [];
    let value: unknown;
    try {
      value = document.toJS();
    } catch (cause) {
      throw new UsageError(`not valid YAML: ${describeError(cause)}`, {
        position: at(failedAt(document, document.contents)),
        cause,
      });
    }
    const root: ParsedNode = document.contents;
    return [
      {
        file,
        value,
        positionOf: (path) => at(locate(document, root, path).valueOffset),
        positionOfKey: (path) => at(locate(document, root, path).keyOffset),
      },
    ];
  });
}

const octal12: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:int',
  format: 'OCT',
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text) => Number(text.replace(/^[-+]/, '')) * (text.startsWith('-') ? -1 : 1),
};

/** The library takes `.` and `e5` for floats (NaN); Go's YAML wants a digit in front. */
const floatTest = /^[-+]?(\d[\d_]*\.[\d_]*|\.\d[\d_]*)$/;
const exponentTest = /^[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)[eE][-+]?\d+$/;

function goTags(tags: Tags): Tags {
  const kept = tags.flatMap((tag): Tags => {
    if (typeof tag === 'string' || !('test' in tag) || !tag.test) return [tag];
    if (tag.format === 'TIME' || tag.tag.endsWith(':timestamp')) return [];
    if (tag.test.test('.')) return [{ ...tag, test: floatTest }];
    return tag.test.test('e5') ? [{ ...tag, test: exponentTest }] : [tag];
  });
  return [octal12, ...kept.filter((tag) => typeof tag === 'string' || !isBinary(tag.tag))];
}

function isBinary(tag: string): boolean {
  return tag.endsWith(':binary');
}

function isEmptyScalar(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

/** The yaml library's own value for a merge key is a symbol. */
function isMergeKey(value: unknown): boolean {
  return value === '<<' || (typeof value === 'symbol' && value.description === '<<');
}

/** What toJS stumbled over: an alias before its anchor, else (an alias bomb) the whole document. */
function failedAt(document: Document.Parsed, root: ParsedNode): number {
  let offset = root.range[0];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) || !alias.range) return undefined;
      offset = alias.range[0];
      return visit.BREAK;
    },
  });
  return offset;
}

/** Walks from the root as far as the path exists; aliases and merge keys are followed. */
function locate(
  document: Document.Parsed,
  root: ParsedNode,
  path: YamlPath,
): { valueOffset: number; keyOffset: number } {
  let node: Node | null = root;
  let keyOffset = root.range[0];
  let valueOffset = keyOffset;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const next = child(document, node, step);
    if (!next) break;
    keyOffset = next.keyOffset;
    // A map or list is best found by its key; a scalar by itself.
    const inMap = typeof step === 'string';
    valueOffset =
      next.node?.range && !(inMap && isCollection(next.node)) ? next.node.range[0] : keyOffset;
    node = next.node;
  }
  return { valueOffset, keyOffset };
}

function child(
  document: Document.Parsed,
  node: Node | null,
  step: string | number,
): { node: Node | null; keyOffset: number } | null {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    return isNode(item) && item.range ? { node: item, keyOffset: item.range[0] } : null;
  }
  if (!isMap(node)) return null;
  for (const pair of node.items) {
    const key = isNode(pair.key) ? pair.key : null;
    if (!key?.range || !isScalar(key) || String(key.value) !== String(step)) continue;
    return { node: isNode(pair.value) ? pair.value : null, keyOffset: key.range[0] };
  }
  for (const pair of node.items) {
    if (!isScalar(pair.key) || !isMergeKey(pair.key.value)) continue;
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
    const sources = isSeq(merged) ? merged.items : [merged];
    for (const source of sources) {
      const target = isAlias(source) ? source.resolve(document) : source;
      const found = isNode(target) ? child(document, target, step) : null;
      if (found) return found;
    }
  }
  return null;
}
