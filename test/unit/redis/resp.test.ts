import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReplyError } from '../../../src/redis/outcome.ts';
import { encodeCommands, type Reply, RespReader } from '../../../src/redis/resp.ts';

function readAll(pieces: readonly Buffer[]): Reply[] {
  const replies: Reply[] = [];
  const reader = new RespReader((reply) => replies.push(reply));
  for (const piece of pieces) {
    // as from a socket that uses one buffer for all it reads
    const lent = Buffer.from(piece);
    reader.read(lent);
    lent.fill(0x21);
  }
  return replies;
}

/** The server's side, written from the specification. */
function encode(reply: unknown): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(encode).join('')}`;
  return `-${(reply as { error: string }).error}\r\n`;
}

/** Errors as what they say, so that replies can be compared. */
function plain(reply: Reply): unknown {
  if (isReplyError(reply)) return { error: reply.message };
  return Array.isArray(reply) ? reply.map(plain) : reply;
}

const { reply } = fc.letrec((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.integer(),
    fc.constant(null),
    fc.stringMatching(/^[A-Z]{3,8} [ -~]{0,20}$/).map((error) => ({ error })),
    fc.array(tie('reply'), { maxLength: 5 }),
  ),
}));

describe('reading RESP2', () => {
  it('gives every reply, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (replies, sizes) => {
          const bytes = Buffer.from(replies.map(encode).join(''));
          const pieces: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = Number(sizes.next().value);
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(readAll(pieces).map(plain)).toEqual(replies);
          expect(readAll([bytes]).map(plain)).toEqual(replies);
        },
      ),
    );
  });

  it.each([
    ['+OK\r\n', 'OK'],
    ['+\r\n', ''],
    [':-7\r\n', -7],
    ['$0\r\n\r\n', ''],
    ['$4\r\na\r\nb\r\n', 'a\r\nb'],
    ['*-1\r\n', null],
    ['*0\r\n', []],
    ['*2\r\n*0\r\n*1\r\n$-1\r\n', [[], [null]]],
  ])('%j', (text, expected) => {
    expect(readAll([Buffer.from(text)])).toEqual([expected]);
  });

  it.each([
    'HTTP/1.1 400 Bad Request\r\n',
    '%1\r\n',
    ':seven\r\n',
    '$2\r\nabc\r\n',
    '+a\rb\r\n',
    '*x\r\n',
  ])('what is no RESP2 is refused: %j', (text) => {
    expect(() => readAll([Buffer.from(text)])).toThrow('is not RESP');
  });

  it('refuses at the first byte, not at the end of a line that may never come', () => {
    expect(() => readAll([Buffer.from('H')])).toThrow('is not RESP');
  });
});

it('commands are lists of bulk strings, their lengths in bytes', () => {
  expect(encodeCommands([['SET', 'clé', ''], ['PING']])).toBe(
    '*3\r\n$3\r\nSET\r\n$4\r\nclé\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n',
  );
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (argv) => {
      expect(readAll([Buffer.from(encodeCommands([argv]))])).toEqual([argv]);
    }),
  );
});
