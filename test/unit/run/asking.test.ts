import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/platform/clock.ts';
import type { AskReply } from '../../../src/pod/observer-protocol.ts';
import { judged } from '../../../src/run/fault/refusals.ts';
import { untilAnswered } from '../../../src/run/watch/until-answered.ts';

const error = (name: string, message = name): AskReply => ({
  ok: false,
  error: { class: name, message, outcome: 'rejected' },
});
const ok: AskReply = { ok: true, reply: 1 };
const noauth = error('NOAUTH', 'NOAUTH Authentication required.');

describe('a server asked without a password', () => {
  test.each(['NOAUTH', 'NOPERM', 'WRONGPASS', 'DENIED'])('refuses with %s', (name) => {
    expect(judged([error(name), noauth])).toEqual({ refused: true, answer: name });
  });
  // It owns no such slot, or serves none just now: it has let the client in all the same.
  test.each(['MOVED', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'ERR'])('is open with %s', (name) => {
    expect(judged([noauth, error(name, `${name} 4994 10.0.0.1:6379`)])).toEqual({
      refused: false,
      answer: `${name} 4994 10.0.0.1:6379`,
    });
  });
  test('is open when it answers one of two', () => {
    expect(judged([noauth, ok])).toEqual({ refused: false, answer: 'it answered' });
  });
  test('says nothing when it is out of reach, full, or knows no such command', () => {
    const silent = ['timeout', 'closed', 'ECONNREFUSED', 'EHOSTUNREACH', 'ERR_SSL_WRONG_VERSION'];
    expect(judged(silent.map((name) => error(name)))).toBeNull();
    expect(judged([error('ERR', "ERR unknown command 'DBSIZE'")])).toBeNull();
    expect(judged([error('ERR', 'ERR max number of clients reached')])).toBeNull();
    expect(judged([error('ERR', "ERR unknown command 'DBSIZE'"), noauth])?.refused).toBe(true);
    expect(judged([])).toBeNull();
  });
});

describe('a read is asked again until it is answered', () => {
  const reading = async (answers: readonly (string | null)[], untilUs = 10e6) => {
    let us = 0;
    let asked = 0;
    const clock: Clock = {
      nowUs: () => us,
      wallMs: () => us / 1000,
      sleep: async (ms) => {
        us += ms * 1000;
      },
    };
    const answer = await untilAnswered(
      { clock, signal: new AbortController().signal, untilUs },
      async () => {
        const name = answers[Math.min(asked++, answers.length - 1)] ?? null;
        return { error: name === null ? null : { class: name, message: name } };
      },
    );
    return [asked, answer.error?.class ?? null];
  };
  test('a time-out, a refused connection, a lost owner, an observer away, a server that loads', async () => {
    const not = ['timeout', 'ECONNREFUSED', 'no-owner', 'observer', 'LOADING', 'TRYAGAIN'];
    expect(await reading([...not, null])).toEqual([7, null]);
  });
  test('what the server itself says is the answer', async () => {
    expect(await reading(['timeout', 'CLUSTERDOWN', null])).toEqual([2, 'CLUSTERDOWN']);
    expect(await reading(['MOVED', null])).toEqual([1, 'MOVED']);
    expect(await reading(['NOAUTH', null])).toEqual([1, 'NOAUTH']);
  });
  test('up to its deadline', async () => {
    expect(await reading(['timeout'], 1e6)).toEqual([5, 'timeout']);
  });
});
