import { describe, expect, test } from 'vitest';
import { InfrastructureError } from '../../../src/model/errors.ts';
import type { NodeView } from '../../../src/model/view.ts';
import { parseListening } from '../../../src/run/setup/listening.ts';
import { refusedLogin, whyUnseen } from '../../../src/run/setup/unseen.ts';
import { type ObservedStage, SetupBroken } from '../../../src/run/stage.ts';
import { podState } from '../checker/script-cluster.ts';
import { ipOf } from '../checker/script-plan.ts';

/** Goal: what keeps us from the servers is told apart from what is wrong with them. */
interface Told {
  readonly status?: NodeView['status'];
  readonly error?: string;
  readonly ready?: boolean;
  readonly password?: string | null;
  readonly tls?: boolean;
  /** What /proc/net/tcp holds; null: the image has no `cat`. */
  readonly listens?: string | null;
  /** How pod 1 answers, when not like pod 0. */
  readonly other?: NodeView['status'];
  readonly sentinels?: readonly NodeView['status'][];
  readonly sentinelPassword?: string;
}

const row = (address: string) =>
  `   0: ${address} 00000000:0000 0A 00000000:00000000 00:00000000\n`;
const everywhere = '00000000';
const loopback = '0100007F';
const at6379 = ':18EB';

function stageOf(told: Told): ObservedStage {
  const { status = 'unreachable', error = 'ECONNREFUSED', ready = true } = told;
  const view = (index: number, own: NodeView['status']): NodeView => ({
    pod: `redis-${index}`,
    uid: `uid-${index}`,
    address: `${ipOf(index)}:6379`,
    status: own,
    error,
    server: null,
  });
  const pods = [0, 1].map((index) => ({ ...podState(index, ipOf(0)), ready }));
  return {
    setup: {
      ...{ user: null, sentinelPassword: told.sentinelPassword ?? null },
      ...{ password: told.password ?? null },
      redisPorts: new Map([['redis', 6379]]),
    },
    recorder: {
      world: {
        pods: new Map(pods.map((pod) => [pod.uid, { pod, part: 'redis' }])),
        views: new Map([
          ['uid-0', view(0, status)],
          ['uid-1', view(1, told.other ?? status)],
        ]),
        sentinels: new Map(
          (told.sentinels ?? []).map((own, index) => [`uid-${index}/s`, view(index, own)]),
        ),
      },
    },
    observer: { greet: () => Promise.resolve({ tls: told.tls ?? false, detail: '' }) },
    provider: {
      exec: () =>
        told.listens === null
          ? Promise.reject(new InfrastructureError('no cat'))
          : Promise.resolve({
              exitCode: 0,
              stdout: Buffer.from(told.listens ?? ''),
              stderr: Buffer.alloc(0),
            }),
    },
    signal: AbortSignal.timeout(60_000),
  } as unknown as ObservedStage;
}
const why = (told: Told) => whyUnseen(stageOf(told), new Error('waited 30000 ms'));

describe('no fault of the set-up’s', () => {
  test('TLS, whose server closes a plain connection', async () => {
    const error = await why({ error: 'closed', tls: true });
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error.message).toMatch(/speaks TLS.*--tls is to come/);
  });
  test('a password that was not given, or that is not the right one', async () => {
    const none = await why({ status: 'refused', error: 'NOAUTH Authentication required.' });
    expect(none).toBeInstanceOf(InfrastructureError);
    expect(none.message).toContain('--auth env:VARIABLE or --auth secret:NAME/KEY');
    const wrong = await why({ status: 'refused', error: 'WRONGPASS invalid', password: 'x' });
    expect(wrong).toBeInstanceOf(InfrastructureError);
    expect(wrong.message).toContain('refuse the login of --auth');
  });
  test('another port than the guessed one', async () => {
    const error = await why({ listens: row(`${everywhere}:18B3`) });
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error.message).toMatch(/nothing listens on port 6379 .*\(ports that listen: 6323\)/);
  });
  test('a network that drops or refuses what we send', async () => {
    const dropped = await why({ error: 'connect-timeout', listens: row(everywhere + at6379) });
    const refused = await why({ listens: row(everywhere + at6379) });
    const blind = await why({ listens: null });
    for (const error of [dropped, refused, blind]) {
      expect(error).toBeInstanceOf(InfrastructureError);
      expect(error.message).toContain('NetworkPolicy');
    }
  });
});

describe('the set-up’s fault', () => {
  test('a server bound to the pod’s own loopback', async () => {
    const error = await why({ listens: row(loopback + at6379) });
    expect(error).toBeInstanceOf(SetupBroken);
    expect(error.message).toContain('127.0.0.1 only');
  });
  test.each<[string, Told]>([
    ['a server that takes the connection and says nothing', { error: 'timeout' }],
    [
      'one pod that asks for a password, and one that does not',
      { status: 'refused', error: 'NOAUTH x', other: 'ok' },
    ],
    ['protected mode', { status: 'refused', error: 'DENIED Redis is running in protected mode' }],
    ['a pod that is not ready', { ready: false }],
  ])('%s', async (_, told) => {
    const error = await why(told);
    expect(error).toBeInstanceOf(SetupBroken);
    expect(error.message).toContain('waited');
  });
});

test('only when all refuse is it a matter of the login', () => {
  const refused: Told = { status: 'refused', error: 'NOAUTH x' };
  const refusal = (told: Told) => refusedLogin(stageOf(told))?.message ?? null;
  expect(refusal(refused)).toContain('redis-0 answers NOAUTH x');
  expect(refusal({ ...refused, other: 'ok' })).toBeNull();
  expect(refusal({ status: 'loading' })).toBeNull();
  const ok: Told = { status: 'ok', error: 'WRONGPASS x' };
  expect(refusal({ ...ok, sentinels: ['refused', 'refused'] })).toMatch(
    /Sentinels refuse the password of the servers .*--sentinel-auth/,
  );
  expect(refusal({ ...ok, sentinels: ['refused'], sentinelPassword: 'x' })).toContain(
    'refuse the password of --sentinel-auth',
  );
  expect(refusal({ ...ok, sentinels: ['refused', 'ok'] })).toBeNull();
});

test('what listens is read of both families, and what everybody reaches is no loopback', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt',
    row(loopback + at6379),
    row('00000000000000000000000000000000:1F90'),
    row('0000000000000000FFFF00000100007F:2382'),
    row('00000000000000000000000001000000:0050'),
    row(everywhere + at6379),
    '   4: 0100007F:9999 0100007F:18EB 01 00000000:00000000',
  ].join('\n');
  expect(parseListening(text)).toEqual({ open: [6379, 8080], loopback: [80, 9090] });
  expect(parseListening('')).toEqual({ open: [], loopback: [] });
});
