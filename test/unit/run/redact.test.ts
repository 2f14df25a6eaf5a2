import { expect, test } from 'vitest';
import { redactor, secretsOf } from '../../../src/run/redact.ts';

const secret = (fields: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  ...fields,
});

test('plain, encoded and given passwords are hidden, as whole words only', () => {
  const secrets = secretsOf(
    [
      secret({ stringData: { a: 'opensesame' } }),
      secret({ data: { b: Buffer.from('xyzzy-plugh').toString('base64') } }),
    ],
    'hunter2hunter2',
  );
  const redact = redactor(secrets);
  expect(redact('requirepass opensesame\n')).toBe('requirepass ******\n');
  expect(redact('"xyzzy-plugh", hunter2hunter2')).toBe('"******", ******');
  expect(redact('opensesames')).toBe('opensesames');
});

test('a value that is a common word does not spoil the report', () => {
  expect(
    redactor(secretsOf([secret({ stringData: { a: 'redis' } })], null))('redis-cluster-0 redis'),
  ).toBe('redis-cluster-0 redis');
});
