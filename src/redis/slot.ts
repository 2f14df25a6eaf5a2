import { InfrastructureError } from '../model/errors.ts';

/** Redis Cluster divides the keys into this many hash slots (cluster spec, "Key distribution model"). */
export const slotCount = 16384;

const encoder = new TextEncoder();
const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** CRC16-CCITT (XMODEM): polynomial 0x1021, initial value 0; `123456789` gives 0x31c3. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[(crc >> 8) ^ byte] ?? 0)) & 0xffff;
  return crc;
}

/**
 * The part of a key between its first `{` and the next `}`, which alone decides its slot; null when
 * there is none or it is empty, and the whole key decides (cluster spec, "Hash tags").
 */
export function hashTag(key: string): string | null {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : null;
}

/** The hash slot of a key, 0..16383: CRC16 of its hash tag, or of all of it, modulo 16384. */
export function keySlot(key: string): number {
  return crc16(encoder.encode(hashTag(key) ?? key)) % slotCount;
}

/**
 * The first of `PREFIX0`, `PREFIX1`, … whose slot lies in one of the ranges (both ends included).
 * Always the same key for the same arguments.
 * @throws InfrastructureError when no such key is found: the ranges are empty, or the prefix holds a
 * hash tag, which pins all of them to one slot.
 */
export function keyForRange(
  prefix: string,
  ranges: readonly { readonly from: number; readonly to: number }[],
): string {
  const inRange = (slot: number) => ranges.some(({ from, to }) => from <= slot && slot <= to);
  // One slot is missed by this many keys with a probability of e^-61.
  const attempts = hashTag(prefix) === null ? 1_000_000 : 1;
  for (let n = 0; ranges.length > 0 && n < attempts; n++) {
    const key = `${prefix}${n}`;
    if (inRange(keySlot(key))) return key;
  }
  const wanted = ranges.map(({ from, to }) => `${from}-${to}`).join(', ') || 'no slot at all';
  throw new InfrastructureError(
    `no key '${prefix}N' hashes into ${wanted}${hashTag(prefix) === null ? '' : `: its hash tag pins it to slot ${keySlot(prefix)}`}`,
  );
}

/** As keyForRange, for a single slot. */
export function keyForSlot(prefix: string, slot: number): string {
  return keyForRange(prefix, [{ from: slot, to: slot }]);
}
