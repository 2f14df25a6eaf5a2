import { expect, test } from 'vitest';
import { annotate, annotateUsageError, annotationsOf } from '../../../src/action/annotations.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { checkIds } from '../../../src/model/finding.ts';
import { findingOf } from './report.ts';
import { openRunner } from './runner.ts';

test('green checks have none', () => {
  expect(annotationsOf([findingOf({})])).toEqual([]);
});

test('a red check is an error with what was expected, seen, and why', () => {
  const [annotation, ...more] = annotationsOf([
    findingOf({
      id: 'ip-rewrite',
      verdict: 'fail',
      expected: 'own address',
      observed: 'a stale one',
      why: 'Nobody rewrote nodes.conf.',
      evidence: ['redis-0: 10.0.0.1 is not 10.0.0.9'],
      faultId: 'f2',
    }),
  ]);
  expect(more).toEqual([]);
  expect(annotation).toEqual({
    level: 'error',
    title: 'ip-rewrite (f2)',
    message:
      'expected: own address\nobserved: a stale one\nwhy: Nobody rewrote nodes.conf.\n- redis-0: 10.0.0.1 is not 10.0.0.9',
  });
});

test('not enough evidence is a warning, a red that is not claimed a notice', () => {
  const annotations = annotationsOf([
    findingOf({ id: 'load-sufficient', verdict: 'inconclusive' }),
    findingOf({ id: 'replication-restored', verdict: 'fail', expectedRed: true }),
  ]);
  expect(annotations.map(({ level, title }) => [level, title])).toEqual([
    ['warning', 'load-sufficient'],
    ['notice', 'replication-restored: red, as this fault makes it'],
  ]);
});

test('with the step’s own error there are at most ten, and none is dropped silently', () => {
  const red = checkIds.slice(0, 14).map((id) => findingOf({ id, verdict: 'fail' }));
  const annotations = annotationsOf(red);
  expect(annotations).toHaveLength(9);
  expect(annotations.at(-1)?.title).toBe('6 more checks');
  for (const id of checkIds.slice(8, 14)) expect(annotations.at(-1)?.message).toContain(id);
  expect(annotationsOf(red.slice(0, 9)).map(({ title }) => title)).toEqual(checkIds.slice(0, 9));
});

test('a message is no longer than the runner shows', () => {
  const [annotation] = annotationsOf([
    findingOf({ verdict: 'fail', evidence: Array.from({ length: 500 }, () => 'x'.repeat(50)) }),
  ]);
  expect(annotation?.message).toHaveLength(4096);
  expect(annotation?.message.endsWith('…')).toBe(true);
});

test('they reach the runner as commands that a message cannot break out of', () => {
  using runner = openRunner();
  annotate(annotationsOf([findingOf({ verdict: 'fail', observed: 'a\n::set-env name=X::y' })]));
  expect(runner.log().match(/^::/gm)).toHaveLength(1);
  expect(runner.log()).toMatch(/^::error title=promotion::expected: /);
});

test('a usage error points to file and line in the workspace', () => {
  using runner = openRunner();
  const file = `${runner.dir}/deploy/redis.yaml`;
  annotateUsageError(new UsageError('wrong', { position: { file, line: 12, column: 3 } }));
  expect(runner.log()).toContain('file=deploy/redis.yaml');
  expect(runner.log()).toMatch(/line=12.*col=3/);
});

test('a usage error without a place is an annotation all the same', () => {
  using runner = openRunner();
  annotateUsageError(new UsageError('input rate: expected a number'));
  expect(runner.log()).toContain('::error title=redis-k8s-chaos%3A wrong usage::input rate');
});
