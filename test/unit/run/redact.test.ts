import { expect, test } from 'vitest';
import type { EventBody } from '../../../src/model/event.ts';
import { redactError, redactEvent, redactor } from '../../../src/run/evidence/redact.ts';
import { formsOf } from '../../../src/run/evidence/secret-forms.ts';
import { hideByPlace } from '../../../src/run/evidence/secret-places.ts';
import { secretsOf } from '../../../src/run/evidence/secrets.ts';

/** Goal: no value of a Secret leaves the process in a text, and nothing that is judged is touched. */

const object = (kind: string, fields: object, name = 's') => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...fields,
});
const secret = (fields: object) => object('Secret', fields);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const redactOf = (value: string) => redactor(secretsOf([secret({ stringData: { a: value } })], []));

test('plain, encoded and given passwords are hidden', () => {
  const secrets = secretsOf(
    [secret({ stringData: { a: 'opensesame' } }), secret({ data: { b: base64('xyzzy-plugh') } })],
    ['hunter2hunter2', null],
  );
  const redact = redactor(secrets);
  expect(redact('requirepass opensesame\n')).toBe('requirepass ******\n');
  expect(redact('"xyzzy-plugh", hunter2hunter2')).toBe('"******", ******');
  expect(redact(`${base64('xyzzy-plugh')}`)).toBe('******');
});

const values = [
  'qu"ote-and\\backslash',
  "it's $(here)",
  'pässwörd-ключ',
  'p4ss',
  'a+b/c?d=e&f',
  'line\nbreak-in-it',
  'tab\there!',
  '<xml>&more',
];
test.each(values)('%j is hidden in every form, glued to anything', (value) => {
  const redact = redactOf(value);
  for (const form of formsOf(value)) {
    for (const text of [form, `x${form}y`, `{"a":"${form}"}`, `_${form}-1`, `=${form}.`]) {
      expect(redact(text), text).not.toContain(form);
    }
  }
  const inside = Buffer.from(`user:${value}:more`).toString('base64');
  const hidden = redact(`Authorization: Basic ${inside}`);
  if (value.length >= 8) expect(Buffer.from(hidden, 'base64').toString()).not.toContain(value);
});

test('the forms are those that other programs write', () => {
  expect(formsOf('a"b\\c')).toEqual(expect.arrayContaining(['a\\"b\\\\c', 'a%22b%5Cc']));
  expect(formsOf('pä')).toEqual(
    expect.arrayContaining(['p\\u00e4', 'p\\xc3\\xa4', 'p%C3%A4', 'p%c3%a4']),
  );
  expect(formsOf('a b')).toEqual(expect.arrayContaining(['a%20b', 'a+b']));
  expect(formsOf("it's")).toEqual(
    expect.arrayContaining(["it''s", "it'\\''s", 'it%27s', 'it&apos;s']),
  );
  expect(formsOf('hunter2')).toEqual(
    expect.arrayContaining([base64('hunter2'), base64('hunter2\n')]),
  );
});

test.each([
  'master',
  'default',
  'redis',
  'true',
  'redis-cluster',
  'MASTER',
])('%s, a word that stands everywhere, is hidden where a password stands and nowhere else', (word) => {
  const redact = redactOf(word);
  const text = `redis-cluster-0.redis.default.svc is the master, true`;
  expect(redact(text)).toBe(text);
  expect(redact(`requirepass ${word}`)).toBe('requirepass ******');
});

test('a name in the manifests is no secret by its value', () => {
  const redact = redactor(
    secretsOf(
      [secret({ stringData: { host: 'my-shard' } }), object('Service', {}, 'my-shard')],
      [],
    ),
  );
  expect(redact('my-shard-0.my-shard:6379 refused')).toBe('my-shard-0.my-shard:6379 refused');
});

test('a short or numeric value is hidden as a word, not in addresses and longer words', () => {
  expect(redactOf('pw1')('the word is "pw1", not pw12 or a-pw1')).toBe(
    'the word is "******", not pw12 or a-pw1',
  );
  expect(redactOf('7000')('10.0.0.1:7000@17000 said 7000')).toBe('10.0.0.1:7000@17000 said ******');
});

test('a password that stands in plain in other objects is known too', () => {
  const objects = [
    object('ConfigMap', { data: { 'redis.conf': 'port 6379\nmasterauth "plain-in-config"\n' } }),
    object('Pod', {
      spec: {
        containers: [
          {
            args: ['redis-server', '--requirepass', 'in-the-arguments'],
            env: [{ name: 'REDIS_PASSWORD', value: 'in-the-environment' }],
          },
        ],
      },
    }),
  ];
  const redact = redactor(secretsOf(objects, []));
  expect(redact('a plain-in-config b in-the-arguments c in-the-environment')).toBe(
    'a ****** b ****** c ******',
  );
});

test.each([
  ['requirepass x1', 'requirepass ******'],
  ['>>> \'masterauth "two words"\'', '>>> \'masterauth "******"\''],
  ['--requirepass=abc --port 1', '--requirepass=****** --port 1'],
  ['sentinel auth-pass mymaster s3', 'sentinel auth-pass mymaster ******'],
  ['1.1 [0 10.0.0.1:1] "AUTH" "default" "pw"', '1.1 [0 10.0.0.1:1] "AUTH" "default" "******"'],
  ['AUTH pw', 'AUTH ******'],
  ['redis-cli -h a -a pw ping', 'redis-cli -h a -a ****** ping'],
  ['redis://me:pw@redis:6379/0', 'redis://me:******@redis:6379/0'],
  ['user app on >pw ~* +@all', 'user app on ****** ~* +@all'],
  ['REDIS_PASSWORD=pw', 'REDIS_PASSWORD=******'],
  ['{"password": "pw", "port": 1}', '{"password": "******", "port": 1}'],
])('by place: %s', (text, expected) => {
  expect(hideByPlace(text)).toBe(expected);
});

test.each([
  'NOAUTH Authentication required.',
  'ERR AUTH <password> called without any password configured for the default user.',
  'requirepass is not set',
  'requirepass ""',
  'requirepass $REDIS_PASSWORD',
  'redis-server --requirepass "$(REDIS_PASSWORD)"',
  'automountServiceAccountToken: false',
  'http://10.0.0.1:6379/a@b',
  'a0 10.0.0.1:6379@16379,redis-0 myself,master - 0 0 1 connected 0-5460 [93->-b1]',
  'role:master\r\nmaster_replid:abc\r\nrequirepass',
  '--sentinel-auth secret:redis-passwords/sentinel, --auth=secret:a/b',
])('by place nothing is hidden in: %s', (text) => {
  expect(hideByPlace(text)).toBe(text);
});

const server = {
  version: '8.0.0',
  runId: 'r',
  clusterEnabled: true,
  myId: 'hunter2-id',
  nodes: [],
  slots: [],
  clusterState: 'ok',
  currentEpoch: 1,
  replication: {
    role: 'master',
    masterHost: 'hunter2.default.svc',
    masterPort: 6379,
    masterLink: null,
    connectedReplicas: [],
  },
} as const;

test.each<[EventBody, boolean]>([
  [{ kind: 'pod-log', pod: 'hunter2', container: 'hunter2', lines: ['a', 'x hunter2', ''] }, true],
  [{ kind: 'note', text: 'hunter2' }, true],
  [{ kind: 'broken', message: 'hunter2' }, true],
  [{ kind: 'refusal', pod: 'hunter2', stage: 'before', refused: false, answer: 'hunter2' }, true],
  [
    {
      kind: 'view',
      view: {
        pod: 'hunter2',
        uid: 'hunter2',
        address: 'hunter2',
        status: 'ok',
        error: 'hunter2',
        server,
      },
    },
    true,
  ],
  [
    {
      kind: 'ledger',
      key: 'hunter2',
      owner: 'hunter2',
      offset: 0,
      entries: ['hunter2'],
      last: true,
    },
    false,
  ],
  [
    {
      kind: 'canary',
      purpose: 'canary',
      stage: 'after',
      seed: 'hunter2',
      key: 'hunter2',
      expected: 'hunter2',
      value: 'hunter2',
      owner: 'hunter2',
      error: null,
    },
    false,
  ],
])('of an event only the texts for people: %j', (event, hides) => {
  const redact = redactOf('hunter2');
  const after = redactEvent(event, redact);
  const without = (one: EventBody) => {
    const { text, message, answer, lines, view, ...rest } = one as unknown as Record<
      string,
      unknown
    >;
    return { ...rest, view: view && { ...(view as object), error: null } };
  };
  expect(without(after)).toEqual(without(event));
  expect(JSON.stringify(after).includes('******')).toBe(hides);
  if (event.kind === 'pod-log') expect(after).toMatchObject({ lines: ['a', 'x ******', ''] });
});

test('an error loses the secret in its own words and in its causes, and keeps its kind', () => {
  const error = new TypeError('a hunter2', {
    cause: new AggregateError([new Error('b hunter2')], 'c'),
  });
  redactError(error, redactOf('hunter2'));
  expect(error.message).toBe('a ******');
  expect(error.stack).not.toContain('hunter2');
  expect((error.cause as AggregateError).errors[0].message).toBe('b ******');
});
