import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerKey } from '../../../src/redis/ledger-key.ts';
import { crc16, hashTag, keyForRange, keyForSlot, keySlot } from '../../../src/redis/slot.ts';

describe('slots', () => {
  it('computes the CRC16 of the cluster specification', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x31c3);
    expect(crc16(new Uint8Array())).toBe(0);
  });

  it.each([
    // CLUSTER KEYSLOT of Redis 7.0.15
    ['hits', 4994],
    ['foo', 12182],
    ['', 0],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['foo{bar}{zap}', 5061],
    ['käse', 7438],
  ])('puts %j in slot %i', (key, slot) => {
    expect(keySlot(key)).toBe(slot);
  });

  it.each([
    ['{a}b', 'a'],
    ['x{a}{b}', 'a'],
    ['x{}{b}', null],
    ['x{{b}}', '{b'],
    ['x}a{b', null],
    ['plain', null],
  ])('takes from %j the tag %j', (key, tag) => {
    expect(hashTag(key)).toBe(tag);
  });

  it('keeps every key with its hash tag in the slot of the tag', () => {
    const tag = fc.string({ minLength: 1 }).filter((text) => !/[{}]/.test(text));
    fc.assert(
      fc.property(tag, fc.string(), (name, rest) => {
        expect(keySlot(`{${name}}${rest}`)).toBe(keySlot(name));
      }),
    );
  });

  it('finds a key for any range, the same one each time', () => {
    fc.assert(
      fc.property(fc.nat(16383), fc.nat(16383), (a, b) => {
        const range = { from: Math.min(a, b), to: Math.max(a, b) };
        const key = keyForRange('rkc:r1:', [range]);
        expect(keySlot(key)).toBeGreaterThanOrEqual(range.from);
        expect(keySlot(key)).toBeLessThanOrEqual(range.to);
        expect(keyForRange('rkc:r1:', [range])).toBe(key);
      }),
      { numRuns: 30 },
    );
    expect(keySlot(keyForSlot('k', 16383))).toBe(16383);
  });

  it('says that a pinned prefix or an empty range has no key', () => {
    expect(() => keyForSlot('{a}', keySlot('a') + 1)).toThrow(/hash tag pins it to slot 15495/);
    expect(keyForSlot('{a}', keySlot('a'))).toBe('{a}0');
    expect(() => keyForRange('k', [])).toThrow(/no slot at all/);
  });
});

describe('the ledger key', () => {
  it.each([
    ['hits', '{hits}:ledger'],
    ['rkc:1:0', '{rkc:1:0}:ledger'],
    ['a{b', '{a{b}:ledger'],
    ['rkc:{a}:0', 'rkc:{a}:0:ledger'],
  ])('of %j is %j', (key, ledger) => {
    expect(ledgerKey(key)).toBe(ledger);
  });

  it.each(['', 'a}b', 'a{}b', '}'])('is refused for %j', (key) => {
    expect(() => ledgerKey(key)).toThrow(/cannot have a ledger in its slot/);
  });

  it('is in the slot of its key, whatever the key', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '{', '}', 'ü') });
    fc.assert(
      fc.property(key, (text) => {
        let ledger: string;
        try {
          ledger = ledgerKey(text);
        } catch {
          return; // refused: the rows above say which
        }
        expect(keySlot(ledger)).toBe(keySlot(text));
      }),
      { numRuns: 2000 },
    );
  });
});
