/** One final response, as read from a connection. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; of a name that came twice, the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long the connection may idle before its next request, ms; 0: it is not to be used again. */
  readonly idleMs: number;
}

/** What came is no HTTP response. */
export class MalformedResponse extends Error {
  readonly code = 'malformed-response';
}

/** An idle connection is closed after so long, and this much earlier than the server says it will. */
const longestIdleMs = 10_000;
const closeEarlierMs = 2000;
const longestHead = 65_536;

interface Head {
  readonly version: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly bodyAt: number;
}

/**
 * The response to one GET in what a connection received since, each character a byte (latin1); null
 * while it is not complete. `ended`: the other side sends no more, which may be what ends the body.
 * @throws MalformedResponse
 */
export function parseResponse(received: string, ended: boolean): HttpResponse | null {
  let head = parseHead(received, 0);
  // interim answers (100, 103) come before the one that counts
  while (head && head.status < 200) head = parseHead(received, head.bodyAt);
  if (!head) return null;
  const { status, headers, bodyAt } = head;
  const length = headers['content-length'];
  let body: string | null;
  let endAt: number;
  if (status === 204 || status === 304) {
    body = '';
    endAt = bodyAt;
  } else if (/\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '')) {
    const decoded = decodeChunked(received, bodyAt);
    body = decoded?.body ?? null;
    endAt = decoded?.endAt ?? 0;
  } else if (length !== undefined) {
    if (!/^\d+$/.test(length)) throw new MalformedResponse(`content-length: ${length}`);
    endAt = bodyAt + Number(length);
    body = received.length < endAt ? null : received.slice(bodyAt, endAt);
  } else {
    endAt = received.length;
    body = ended ? received.slice(bodyAt) : null;
  }
  if (body === null) return null;
  // bytes that nobody asked for would pass for the answer to the next request
  const reusable = !ended && endAt === received.length && staysOpen(head);
  return { status, headers, body: utf8(body), idleMs: reusable ? idleMsOf(headers) : 0 };
}

function parseHead(text: string, from: number): Head | null {
  const endAt = text.indexOf('\r\n\r\n', from);
  if (endAt < 0) {
    if (text.length - from > longestHead) throw new MalformedResponse('the head does not end');
    return null;
  }
  let at = text.indexOf('\r\n', from);
  const [, version = '', status] =
    /^HTTP\/(1\.[01]) (\d{3})(?: |$)/.exec(text.slice(from, at)) ?? [];
  if (status === undefined) throw new MalformedResponse(text.slice(from, Math.min(at, from + 80)));
  const headers: Record<string, string> = Object.create(null);
  while (at < endAt) {
    const start = at + 2;
    at = text.indexOf('\r\n', start);
    const colon = text.indexOf(':', start);
    if (colon < 0 || colon > at) throw new MalformedResponse(text.slice(start, at));
    headers[text.slice(start, colon).toLowerCase()] ??= text.slice(colon + 1, at).trim();
  }
  return { version, status: Number(status), headers, bodyAt: endAt + 4 };
}

function decodeChunked(text: string, from: number): { body: string; endAt: number } | null {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const [, size] = /^([\da-f]{1,8})\s*(?:;|$)/i.exec(text.slice(at, lineEnd)) ?? [];
    if (size === undefined) throw new MalformedResponse(`chunk: ${text.slice(at, lineEnd)}`);
    const chunkAt = lineEnd + 2;
    const chunkEnd = chunkAt + Number.parseInt(size, 16);
    if (chunkEnd === chunkAt) {
      // trailers, if any, end with an empty line; without them the last chunk's line is followed by it
      const end = text.indexOf('\r\n\r\n', lineEnd);
      return end < 0 ? null : { body, endAt: end + 4 };
    }
    if (text.length < chunkEnd + 2) return null;
    if (!text.startsWith('\r\n', chunkEnd)) throw new MalformedResponse('a chunk of another size');
    body += text.slice(chunkAt, chunkEnd);
    at = chunkEnd + 2;
  }
}

function staysOpen({ version, headers }: Head): boolean {
  const connection = headers.connection?.toLowerCase() ?? '';
  return version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
}

function idleMsOf(headers: Readonly<Record<string, string>>): number {
  const [, seconds] = /\btimeout=(\d+)/i.exec(headers['keep-alive'] ?? '') ?? [];
  if (seconds === undefined) return longestIdleMs;
  return Math.max(0, Math.min(longestIdleMs, Number(seconds) * 1000 - closeEarlierMs));
}

function utf8(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1;
}
