import { expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import { redactEvent, redactor } from '../../../src/run/evidence/redact.ts';
import { secretsOf } from '../../../src/run/evidence/secrets.ts';
import { scriptRun } from '../checker/script.ts';

/**
 * Goal: a verdict does not depend on what somebody chose for a password. Method: the events of a green
 * and of a red run, redacted with secrets that stand in the evidence itself, are judged as before.
 */
const green = scriptRun();
const red = scriptRun({ promotedMs: null, backMs: null });

/** Whatever the evidence calls things by: ids, addresses, names, keys, roles. */
function wordsIn(evidence: typeof green): readonly string[] {
  const words = new Set<string>();
  const visit = (value: unknown) => {
    if (typeof value === 'string') words.add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  evidence.events.forEach(visit);
  return [...words].filter((word) => !word.includes(' '));
}

test.each([
  ['green', green, 'pass'],
  ['red', red, 'fail'],
] as const)('a %s run is judged the same, whatever the secrets are', (_, evidence, verdict) => {
  const before = evaluate(evidence);
  expect(before.verdict).toBe(verdict);
  const words = [
    ...wordsIn(evidence),
    'master',
    'slave',
    'default',
    'redis',
    'hits',
    '6379',
    'NOAUTH',
  ];
  expect(words.length).toBeGreaterThan(50);
  const data = Object.fromEntries(words.map((word, at) => [`k${at}`, word]));
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: data };
  const redact = redactor(secretsOf([secret], []));
  const events = evidence.events.map((event) => redactEvent(event, redact));
  const after = evaluate({ ...evidence, events });
  const verdicts = ({ findings }: typeof after) =>
    findings.map(({ id, faultId, verdict: of }) => [id, faultId, of]);
  expect(verdicts(after)).toEqual(verdicts(before));
  expect([after.verdict, after.operations]).toEqual([before.verdict, before.operations]);
});
