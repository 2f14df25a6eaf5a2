/**
 * As much of the DNS wire format (RFC 1035) as cluster DNS needs. Ours: the answer repeats the
 * question's own bytes, case and all (0x20 encoding), which the libraries decode and write anew.
 */
export interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly type: number;
  /** The question section as it came: the answer repeats it. */
  readonly section: Buffer;
}

export const recordTypes = { A: 1, AAAA: 28, SRV: 33 } as const;

export type DnsRecord =
  | { readonly type: 'A'; readonly ip: string }
  | { readonly type: 'SRV'; readonly port: number; readonly target: string };

/** Null when it is not a query with one question. */
export function parseQuestion(message: Buffer): Question | null {
  if (message.length < 17 || (message.readUInt8(2) & 0x80) !== 0) return null;
  if (message.readUInt16BE(4) !== 1) return null;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return null;
    at++;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > message.length) return null;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (message.readUInt8(2) & 1) !== 0,
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at),
    section: message.subarray(12, at + 4),
  };
}

/** CoreDNS of kind answers cluster names with this. */
const ttlSeconds = 30;

/** An authoritative answer; `records` null is NXDOMAIN, an empty list NOERROR without data. */
export function buildAnswer(question: Question, records: readonly DnsRecord[] | null): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(question.id, 0);
  // response, authoritative, recursion available; recursion desired is repeated
  header.writeUInt16BE(0x8480 | (question.recursionDesired ? 0x100 : 0) | (records ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records?.length ?? 0, 6);
  return Buffer.concat([header, question.section, ...(records ?? []).map(encodeRecord)]);
}

function encodeRecord(record: DnsRecord): Buffer {
  const data =
    record.type === 'A'
      ? Buffer.from(record.ip.split('.').map(Number))
      : Buffer.concat([
          Buffer.from([0, 0, 0, 100]),
          uint16(record.port),
          encodeName(record.target),
        ]);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(recordTypes[record.type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  // 0xc00c points at the question's name
  return Buffer.concat([Buffer.from([0xc0, 0x0c]), fixed, data]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => {
    const bytes = Buffer.from(label, 'latin1');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...labels, Buffer.from([0])]);
}
