import { UsageError } from '../model/errors.ts';
import { isMap } from '../model/json-value.ts';
import { closestName } from '../model/suggestion.ts';
import { parseYaml, type YamlDocument } from '../model/yaml-document.ts';
import { planField, planFieldIds } from './fields.ts';
import { emptySource, type Origin, type PlanSource, valueError } from './plan-source.ts';
import type { PlanFieldId, PlanValues } from './plan-values.ts';

const idByPath: ReadonlyMap<string, PlanFieldId> = new Map(
  planFieldIds.map((id) => [planField(id).path, id]),
);
const sections: ReadonlySet<string> = new Set(
  [...idByPath.keys()].flatMap((path) => (path.includes('.') ? (path.split('.')[0] ?? []) : [])),
);

/**
 * Reads a plan file: YAML of the shape that `planSchema` describes. Every value is checked by itself
 * here; what must fit together is checked by resolvePlan. A null is the same as leaving the key out.
 * @throws UsageError with file, line and column: syntax, an unknown key, a value that is not right.
 */
export function parsePlan(text: string, file: string): PlanSource {
  const [document, second] = parseYaml(text, file, 'core');
  if (!document) return emptySource;
  if (second) {
    throw new UsageError('a plan file is one document; this is a second one', {
      position: second.positionOf([]),
    });
  }
  if (!isMap(document.value)) {
    throw new UsageError(`expected a plan (a map of ${[...sections].join(', ')} and more)`, {
      position: document.positionOf([]),
    });
  }
  const values: Partial<Record<PlanFieldId, unknown>> = {};
  const origins: Partial<Record<PlanFieldId, Origin>> = {};
  for (const [keys, value] of entries(document, document.value)) {
    const path = keys.join('.');
    const id = idByPath.get(path);
    if (!id) throw unknownKey(document, keys);
    if (value === null) continue;
    const origin: Origin = { kind: 'file', path, position: document.positionOf(keys) };
    const parsed = planField(id).codec.fromYaml(value);
    if (parsed === undefined) throw valueError(origin, id, value);
    values[id] = parsed;
    origins[id] = origin;
  }
  return { values: values as PlanValues, origins };
}

function* entries(
  document: YamlDocument,
  root: Readonly<Record<string, unknown>>,
): Generator<[string[], unknown]> {
  for (const [key, value] of Object.entries(root)) {
    if (!sections.has(key)) {
      yield [[key], value];
    } else if (isMap(value)) {
      for (const [inner, innerValue] of Object.entries(value)) yield [[key, inner], innerValue];
    } else if (value !== null) {
      throw new UsageError(`${key}: expected a map of ${keysBelow(key).join(', ')}`, {
        position: document.positionOf([key]),
      });
    }
  }
}

function keysBelow(section: string | null): string[] {
  const top = [...idByPath.keys()].filter((path) => !path.includes('.'));
  if (section === null) return [...sections, ...top];
  const prefix = `${section}.`;
  return [...idByPath.keys()].flatMap((path) =>
    path.startsWith(prefix) ? path.slice(prefix.length) : [],
  );
}

/** Suggests a sibling with a near name, or the same name (a flag's too) in its right place. */
function unknownKey(document: YamlDocument, keys: readonly string[]): UsageError {
  const key = keys.at(-1) ?? '';
  const siblings = keysBelow(keys.length > 1 ? (keys[0] ?? null) : null);
  const elsewhere = planFieldIds
    .map(planField)
    .find((field) => field.path.endsWith(`.${key}`) || field.path === key || field.flag === key);
  const suggestion = elsewhere?.path ?? closestName(key, siblings);
  return new UsageError(
    `unknown key ${keys.join('.')}${suggestion ? `; did you mean ${suggestion}?` : ''} (there are: ${siblings.join(', ')})`,
    { position: document.positionOfKey(keys) },
  );
}
