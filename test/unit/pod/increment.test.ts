import { describe, expect, it } from 'vitest';
import { judgeTransaction } from '../../../src/pod/increment.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const aborted = reply('EXECABORT Transaction discarded because of previous errors.');
const timeout = new Error('Command timed out');
const closed = new Error('Connection is closed.');

describe('what the four replies say of the write', () => {
  it("EXEC's list: applied, with the counter's value", () => {
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', [8, 8])).toEqual({
      outcome: 'ok',
      value: 8,
      errorClass: null,
      redirect: null,
    });
  });

  it.each([
    ['READONLY x', 'READONLY'],
    ['CLUSTERDOWN x', 'CLUSTERDOWN'],
    ['LOADING x', 'LOADING'],
  ])('refused while queueing (%s): rejected', (message, errorClass) => {
    const judged = judgeTransaction('OK', reply(message), reply(message), aborted);
    expect(judged).toMatchObject({ outcome: 'rejected', value: null, errorClass, redirect: null });
  });

  it('refused while queueing, and then the answer to EXEC got lost: rejected all the same', () => {
    const judged = judgeTransaction('OK', reply('READONLY x'), reply('READONLY x'), closed);
    expect(judged).toMatchObject({ outcome: 'rejected', errorClass: 'READONLY' });
  });

  it('a redirect while queueing or at EXEC: rejected, with the way to go', () => {
    const moved = reply('MOVED 4994 10.0.0.7:6379');
    const redirect = { kind: 'MOVED', slot: 4994, address: { host: '10.0.0.7', port: 6379 } };
    for (const judged of [
      judgeTransaction('OK', moved, moved, aborted),
      judgeTransaction('OK', 'QUEUED', 'QUEUED', moved),
    ]) {
      expect(judged).toMatchObject({ outcome: 'rejected', errorClass: 'MOVED', redirect });
    }
  });

  it('EXEC refused: rejected', () => {
    const judged = judgeTransaction('OK', 'QUEUED', 'QUEUED', reply('TRYAGAIN x'));
    expect(judged).toMatchObject({ outcome: 'rejected', errorClass: 'TRYAGAIN' });
  });

  it.each([
    ['a time-out', timeout, 'timeout'],
    ['EOF', closed, 'closed'],
  ])('queued, then %s: indeterminate', (_, error, errorClass) => {
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', error)).toMatchObject({
      outcome: 'indeterminate',
      errorClass,
    });
    expect(judgeTransaction(error, error, error, error)).toMatchObject({
      outcome: 'indeterminate',
      errorClass,
    });
  });

  it('everything refused (NOAUTH): rejected', () => {
    const refused = reply('NOAUTH Authentication required.');
    expect(judgeTransaction(refused, refused, refused, refused)).toMatchObject({
      outcome: 'rejected',
      errorClass: 'NOAUTH',
    });
  });

  it('INCR failed inside EXEC: rejected; only RPUSH did: the counter has moved', () => {
    const wrong = reply('ERR value is not an integer or out of range');
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', [wrong, 3])).toMatchObject({
      outcome: 'rejected',
      errorClass: 'ERR',
    });
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', [3, reply('WRONGTYPE x')])).toMatchObject({
      outcome: 'indeterminate',
      errorClass: 'WRONGTYPE',
    });
  });

  it('MULTI refused and the rest executed one by one: applied', () => {
    const busy = reply('BUSY x');
    const noMulti = reply('ERR EXEC without MULTI');
    expect(judgeTransaction(busy, 4, 4, noMulti)).toMatchObject({ outcome: 'ok', value: 4 });
    for (const judged of [
      judgeTransaction(busy, 4, timeout, timeout),
      judgeTransaction(busy, busy, 1, noMulti),
    ]) {
      expect(judged).toMatchObject({ outcome: 'indeterminate', errorClass: 'split-transaction' });
    }
  });

  it('EXEC without a list is no acknowledgement', () => {
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', null)).toMatchObject({ outcome: 'rejected' });
    expect(judgeTransaction('OK', 'QUEUED', 'QUEUED', ['x', 1])).toMatchObject({
      outcome: 'indeterminate',
      errorClass: 'unknown-reply',
    });
  });
});
