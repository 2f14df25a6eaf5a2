import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedResponse, parseResponse } from '../../../src/workload/http-response.ts';

/** Goal: a response ends where HTTP/1.1 says (RFC 9112, 6.3), however it is cut into reads. */
const page = (lines: readonly string[], body: string) =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
const sized = page(['Content-Length: 5', 'X-Outcome: ok'], 'hello');
const chunked = page(['Transfer-Encoding: chunked'], '3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n');

describe('where a response ends', () => {
  test.each([
    ['at its length', sized],
    ['at the empty chunk', chunked],
    ['after its trailers', chunked.replace(/\r\n$/, 'X-Sum: 1\r\n\r\n')],
    ['after interim answers', `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${sized}`],
  ])('%s, and never before', (_, text) => {
    expect(parseResponse(text, false)).toMatchObject({ status: 200, body: 'hello' });
    for (let cut = 0; cut < text.length; cut++) {
      expect(parseResponse(text.slice(0, cut), false), `${cut} bytes`).toBeNull();
      expect(parseResponse(text.slice(0, cut), true), `${cut} bytes and the end`).toBeNull();
    }
  });
  test('with the connection, when nothing else says', () => {
    const text = page([], 'hello');
    expect(parseResponse(text, false)).toBeNull();
    expect(parseResponse(text, true)).toMatchObject({ body: 'hello', idleMs: 0 });
  });
  test('after the head, when the status has no body', () => {
    expect(parseResponse('HTTP/1.1 204 No Content\r\n\r\n', false)).toMatchObject({ body: '' });
  });
  test('any body in any chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }).map(latin1)), (chunks) => {
        const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
        const text = page(['transfer-encoding: chunked'], `${body}0\r\n\r\n`);
        const whole = Buffer.from(chunks.join(''), 'latin1').toString('utf8');
        expect(parseResponse(text, false)?.body).toBe(whole);
      }),
    );
  });
});

test('the body is UTF-8, and of a header that came twice the first counts', () => {
  const body = latin1('três visitas');
  const text = page([`content-length: ${body.length}`, 'x-node: a', 'X-Node: b'], body);
  expect(parseResponse(text, false)).toMatchObject({
    body: 'três visitas',
    headers: { 'x-node': 'a' },
  });
});

describe('whether the connection may be used again', () => {
  const idleMs = (...lines: string[]) =>
    parseResponse(page(['content-length: 0', ...lines], ''), false)?.idleMs;
  test('HTTP/1.1 unless it says close, for 10 s or 2 s less than the server says', () => {
    expect(idleMs()).toBe(10_000);
    expect(idleMs('Keep-Alive: timeout=65')).toBe(10_000);
    expect(idleMs('Keep-Alive: timeout=5, max=100')).toBe(3000);
    expect(idleMs('Keep-Alive: timeout=1')).toBe(0);
    expect(idleMs('Connection: Close')).toBe(0);
  });
  test('HTTP/1.0 only if it says keep-alive', () => {
    const old = (...lines: string[]) =>
      parseResponse(page(['content-length: 0', ...lines], '').replace('1.1', '1.0'), false);
    expect(old()?.idleMs).toBe(0);
    expect(old('Connection: keep-alive')?.idleMs).toBe(10_000);
  });
  test('not after more bytes than the response has', () => {
    expect(parseResponse(`${sized}HTTP/1.1`, false)).toMatchObject({ body: 'hello', idleMs: 0 });
  });
});

test.each([
  ['another protocol', '-ERR unknown command\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['a length that is none', page(['content-length: -1'], '')],
  ['a chunk without a size', page(['transfer-encoding: chunked'], 'xyz\r\n')],
  ['a chunk of another size', page(['transfer-encoding: chunked'], '2\r\nhello\r\n')],
  ['a head without an end', 'x'.repeat(70_000)],
])('%s is not a response', (_, text) => {
  expect(() => parseResponse(text, false)).toThrow(MalformedResponse);
});

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
