import { describe, expect, it } from 'vitest';
import { integer, oneOf, requiredText } from '../../../src/pod/environment.ts';
import {
  checkAsk,
  checkProbes,
  checkRead,
  checkTargets,
} from '../../../src/pod/observer-requests.ts';

const target = { pod: 'redis-0', uid: 'u0', address: '10.0.0.1:6379' };

describe('the bodies of requests', () => {
  it('are taken when they are right', () => {
    expect(checkTargets({ targets: [{ ...target, more: 1 }] })).toEqual({ targets: [target] });
    expect(checkProbes({ probes: [{ key: 'foo', slot: 12182 }] }).probes).toHaveLength(1);
    expect(checkAsk({ address: '::1:6379', argv: ['PING'] })).toEqual({
      address: '::1:6379',
      argv: ['PING'],
      timeoutMs: 2000,
      auth: true,
    });
    expect(
      checkAsk({ address: 'a:1', argvs: [['PING'], ['GET', 'k']], auth: false }),
    ).toMatchObject({ argvs: [['PING'], ['GET', 'k']], auth: false });
    expect(checkRead({ seed: 'a:1', key: 'k', timeoutMs: 9 })).toMatchObject({ timeoutMs: 9 });
  });

  it.each([
    [() => checkTargets(null), /expected an object, got null/],
    [() => checkTargets({}), /expected a list as targets/],
    [() => checkTargets({ targets: [{ ...target, uid: '' }] }), /targets\[0\]: .*uid/],
    [() => checkTargets({ targets: [{ ...target, address: 'x' }] }), /not HOST:PORT: 'x'/],
    [() => checkTargets({ targets: [target, target] }), /'u0' is there twice/],
    [() => checkProbes({ probes: [{ key: 'foo', slot: 1 }] }), /in slot 12182, not 1/],
    [
      () =>
        checkProbes({
          probes: [
            { key: 'foo', slot: 12182 },
            { key: 'foo', slot: 12182 },
          ],
        }),
      /twice/,
    ],
    [() => checkAsk({ address: 'a:1' }), /either argv or argvs/],
    [() => checkAsk({ address: 'a:1', argv: ['A'], argvs: [] }), /either argv or argvs/],
    [() => checkAsk({ address: 'a:1', argv: [] }), /list of texts as argv/],
    [() => checkAsk({ address: 'a:1', argv: ['SET', 'k', 1] }), /list of texts as argv/],
    [() => checkAsk({ address: 'a:1', argvs: [['A'], 'B'] }), /argvs\[1\]/],
    [() => checkAsk({ address: 'a:1', argv: ['A'], timeoutMs: 0 }), /timeoutMs 1..60000/],
    [() => checkRead({ seed: 'a:1', key: 'k', auth: 'no' }), /true or false as auth/],
  ])('are refused with what is wrong (%#)', (check, message) => {
    expect(check).toThrow(message);
  });
});

describe('the environment', () => {
  it('gives numbers, words and texts', () => {
    expect(integer({ PORT: '80' }, 'PORT', 5000, { low: 0, high: 65535 })).toBe(80);
    expect(integer({}, 'PORT', 5000, { low: 0, high: 65535 })).toBe(5000);
    expect(oneOf({}, 'REDIS_MODE', ['cluster', 'single'])).toBe('cluster');
    expect(oneOf({ REDIS_MODE: 'single' }, 'REDIS_MODE', ['cluster', 'single'])).toBe('single');
    expect(requiredText({ REDIS_HOST: 'redis' }, 'REDIS_HOST')).toBe('redis');
  });

  it('names the variable that is wrong', () => {
    expect(() => integer({ PORT: '70000' }, 'PORT', 1, { low: 0, high: 65535 })).toThrow(
      "PORT must be a whole number 0..65535, not '70000'",
    );
    expect(() => integer({ PORT: '5s' }, 'PORT', 1, { low: 0, high: 9 })).toThrow(/PORT/);
    expect(() => oneOf({ REDIS_MODE: 'x' }, 'REDIS_MODE', ['cluster', 'single'])).toThrow(
      /one of cluster, single, not 'x'/,
    );
    expect(() => requiredText({ REDIS_HOST: '' }, 'REDIS_HOST')).toThrow(/REDIS_HOST is not set/);
  });
});
