import { UsageError } from '../../../../model/errors.ts';
import type { LabelSelector } from './stored-object.ts';

type Labels = Readonly<Record<string, string>>;
export type LabelTest = (labels: Labels) => boolean;

/** A LabelSelector as controllers use it; an empty one matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([k, v]) => labels[k] === v);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const among = value !== undefined && values.includes(value);
      return operator === 'In' ? among : !among;
    })
  );
}

/**
 * Parses the text form of a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`,
 * `a notin (b)`, `a`, `!a`, joined by commas.
 * @throws UsageError naming the part that is none of these
 */
export function parseSelector(text: string): LabelTest {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const tests = parts.filter((part) => part !== '').map((part) => parseRequirement(part, text));
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(part: string, whole: string): LabelTest {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part);
  if (set) {
    const key = set[1] ?? '';
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    const wanted = set[2] === 'in';
    return (labels) => {
      const value = labels[key];
      return (value !== undefined && values.includes(value)) === wanted;
    };
  }
  const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(part);
  if (equal) {
    const [, key = '', operator, value = ''] = equal;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const exists = /^(!?)\s*([\w./-]+)$/.exec(part);
  if (exists) {
    const key = exists[2] ?? '';
    return (labels) => (labels[key] !== undefined) === (exists[1] !== '!');
  }
  throw new UsageError(
    `label selector "${whole}": cannot read "${part}"; expected KEY=VALUE, KEY!=VALUE, KEY, !KEY, KEY in (A,B) or KEY notin (A,B)`,
  );
}
