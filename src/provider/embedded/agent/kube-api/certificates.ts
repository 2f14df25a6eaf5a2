import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  BitString,
  Boolean as BooleanValue,
  Constructed,
  fromBER,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Set as SetOf,
  UTCTime,
  Utf8String,
} from 'asn1js';

/**
 * What an API server shows its clients, and by what they believe it. PEM.
 *
 * Ours, for two certificates of fixed form: a library of X.509 brings its own cryptography and
 * decorators into every agent, and asn1js writes the bytes here as well.
 */
export interface ServingCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

type Value = Sequence['valueBlock']['value'][number];

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const authorityName = 'kubernetes';
const dayMs = 86_400_000;
const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
} as const;

/**
 * A certificate authority of this run alone and a server certificate that it signs, as kubeadm makes
 * them (RFC 5280). Node's crypto makes keys and signatures; it cannot write certificates.
 * @param names DNS names of the server; the first one is its common name
 * @param ips IPv4 addresses of the server
 */
export function issueServingCertificate(
  names: readonly string[],
  ips: readonly string[],
): ServingCertificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = certificate(authorityName, authority, authority, [
    extension(
      oids.basicConstraints,
      new Sequence({ value: [new BooleanValue({ value: true })] }),
      true,
    ),
    extension(oids.keyUsage, keyUsage(0b10000100, 2), true), // digitalSignature, keyCertSign
  ]);
  const alternatives = [
    ...names.map((name) => tagged(2, Buffer.from(name))),
    ...ips.map((ip) => tagged(7, Buffer.from(ip.split('.').map(Number)))),
  ];
  const serving = certificate(names[0] ?? '', server, authority, [
    extension(oids.keyUsage, keyUsage(0b10000000, 7), true), // digitalSignature
    extension(oids.extKeyUsage, new Sequence({ value: [oid(oids.serverAuth)] })),
    extension(oids.subjectAltName, new Sequence({ value: alternatives })),
  ]);
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ca, certificate: serving, key };
}

function certificate(
  subject: string,
  own: KeyPair,
  issuer: KeyPair,
  extensions: readonly Sequence[],
): string {
  const now = Date.now();
  const all = [
    ...extensions,
    extension(oids.subjectKeyIdentifier, new OctetString({ valueHex: bytes(keyIdentifier(own)) })),
    extension(
      oids.authorityKeyIdentifier,
      new Sequence({ value: [tagged(0, keyIdentifier(issuer))] }),
    ),
  ];
  const body = new Sequence({
    value: [
      explicit(0, new Integer({ value: 2 })), // v3
      new Integer({ valueHex: bytes(positiveSerial()) }),
      signatureAlgorithm(),
      named(authorityName),
      new Sequence({
        value: [
          // a clock that is set back while a run lasts must not end it
          new UTCTime({ valueDate: new Date(now - dayMs) }),
          new UTCTime({ valueDate: new Date(now + 365 * dayMs) }),
        ],
      }),
      named(subject),
      fromBER(bytes(publicDer(own))).result as Value,
      explicit(3, new Sequence({ value: all })),
    ],
  });
  const signature = sign('sha256', Buffer.from(body.toBER()), issuer.privateKey);
  const whole = new Sequence({
    value: [body, signatureAlgorithm(), new BitString({ valueHex: bytes(signature) })],
  });
  return pem(Buffer.from(whole.toBER()));
}

function signatureAlgorithm(): Sequence {
  return new Sequence({ value: [oid(oids.ecdsaWithSha256)] });
}

function extension(id: string, value: { toBER(): ArrayBuffer }, critical = false): Sequence {
  const octets = new OctetString({ valueHex: value.toBER() });
  const flag = critical ? [new BooleanValue({ value: true })] : []; // DER leaves the default out
  return new Sequence({ value: [oid(id), ...flag, octets] });
}

function keyUsage(bits: number, unusedBits: number): BitString {
  return new BitString({ valueHex: bytes(Buffer.from([bits])), unusedBits });
}

function named(name: string): Sequence {
  const attribute = new Sequence({
    value: [oid(oids.commonName), new Utf8String({ value: name })],
  });
  return new Sequence({ value: [new SetOf({ value: [attribute] })] });
}

function oid(value: string): ObjectIdentifier {
  return new ObjectIdentifier({ value });
}

/** A context-specific value in place of its own tag: `[n] IMPLICIT`. */
function tagged(tagNumber: number, value: Buffer): Primitive {
  return new Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex: bytes(value) });
}

function explicit(tagNumber: number, value: Value): Constructed {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
}

/** A leading zero byte would be a second form of the same number, a leading one a negative number. */
function positiveSerial(): Buffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial;
}

function publicDer(pair: KeyPair): Buffer {
  return pair.publicKey.export({ type: 'spki', format: 'der' });
}

function keyIdentifier(pair: KeyPair): Buffer {
  return createHash('sha256').update(publicDer(pair)).digest().subarray(0, 20);
}

function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
