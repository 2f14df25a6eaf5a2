import { describe, expect, it } from 'vitest';
import {
  classify,
  closedError,
  NotSentError,
  replyError,
  timeoutError,
} from '../../../src/redis/outcome.ts';

const socketError = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

describe('what a failure says of a write', () => {
  it.each([
    ['MOVED 3999 10.0.0.1:6381', 'MOVED'],
    ['ASK 3999 10.0.0.1:6381', 'ASK'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN'],
    ["READONLY You can't write against a read only replica.", 'READONLY'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ['NOAUTH Authentication required.', 'NOAUTH'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
    ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN'],
    ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN'],
    ['EXECABORT Transaction discarded because of previous errors.', 'EXECABORT'],
    ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF'],
    ['OOM command not allowed when used memory', 'OOM'],
    ['BUSY Redis is busy running a script.', 'BUSY'],
    ['NOPERM this user has no permissions', 'NOPERM'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'CROSSSLOT'],
    ['WRONGTYPE Operation against a key', 'WRONGTYPE'],
    ['ERR value is not an integer or out of range', 'ERR'],
  ])('the reply %j: rejected', (message, errorClass) => {
    expect(classify(replyError(message), true)).toEqual({ outcome: 'rejected', errorClass });
  });

  it("a proxy's error reply: indeterminate, for the write may have been passed on", () => {
    const error = replyError('upstream failure');
    expect(classify(error, true)).toEqual({
      outcome: 'indeterminate',
      errorClass: 'unknown-reply',
    });
  });

  it.each([
    ['a time-out', timeoutError(), 'timeout'],
    ['EOF', closedError(null), 'closed'],
    ['a lost connection', closedError(socketError('ECONNRESET', 'read')), 'ECONNRESET'],
    ['a reset', socketError('ECONNRESET', 'read'), 'ECONNRESET'],
    ['a broken pipe', socketError('EPIPE', 'write'), 'EPIPE'],
    ['a TCP time-out', socketError('ETIMEDOUT', 'read'), 'ETIMEDOUT'],
    ['a reply that is no RESP', new Error('Protocol error'), 'unknown'],
    ['something thrown that is no error', 'what?', 'unknown'],
  ])('sent, then %s: indeterminate', (_, error, errorClass) => {
    expect(classify(error, true)).toEqual({ outcome: 'indeterminate', errorClass });
  });

  it.each([
    ['nothing known', undefined, 'not-connected'],
    ['refused', socketError('ECONNREFUSED', 'connect'), 'ECONNREFUSED'],
    ['no route', socketError('EHOSTUNREACH', 'connect'), 'EHOSTUNREACH'],
    ['no such name', socketError('ENOTFOUND', 'getaddrinfo'), 'ENOTFOUND'],
    ['a connect time-out', socketError('ETIMEDOUT', 'connect'), 'connect-timeout'],
    ['a refused password', replyError('WRONGPASS no'), 'WRONGPASS'],
  ])('not sent, %s: rejected', (_, cause, errorClass) => {
    const error = new NotSentError('not sent', { cause });
    expect(classify(error, true)).toEqual({ outcome: 'rejected', errorClass });
    expect(classify(error, false)).toEqual({ outcome: 'rejected', errorClass });
  });

  it('the same text means either, and only `sent` tells: Connection is closed.', () => {
    const error = closedError(null);
    expect(classify(error, true).outcome).toBe('indeterminate');
    expect(classify(error, false).outcome).toBe('rejected');
  });
});
