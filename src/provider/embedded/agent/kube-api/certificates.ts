import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** What an API server shows its clients, and by what they believe it. PEM. */
export interface ServingCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const commonName = '2.5.4.3';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const dayMs = 86_400_000;

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * A certificate authority of this run alone and a server certificate that it signs, as kubeadm makes
 * them. Node's crypto signs, the library only writes the structure of RFC 5280: see the commit.
 * @param names DNS names of the server; the first one is its common name
 */
export function issueServingCertificate(
  names: readonly string[],
  ips: readonly string[],
): ServingCertificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = certificate('kubernetes', authority, authority, [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
    extension(
      id_ce_keyUsage,
      new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign),
      true,
    ),
  ]);
  const alternatives = [
    ...names.map((dNSName) => new GeneralName({ dNSName })),
    ...ips.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const serving = certificate(names[0] ?? '', server, authority, [
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(alternatives)),
  ]);
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ca, certificate: serving, key };
}

function certificate(
  subject: string,
  own: KeyPair,
  issuer: KeyPair,
  extensions: readonly Extension[],
): string {
  const now = Date.now();
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: positiveSerial(),
    signature: signatureAlgorithm(),
    issuer: named('kubernetes'),
    // A pod's clock is the host's own, but it may be set back while a run lasts.
    validity: new Validity({
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + 365 * dayMs),
    }),
    subject: named(subject),
    subjectPublicKeyInfo: AsnConvert.parse(publicDer(own), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(own))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({
          keyIdentifier: new SubjectKeyIdentifier(keyIdentifier(issuer)),
        }),
      ),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), issuer.privateKey);
  const whole = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: signatureAlgorithm(),
    signatureValue: bytes(signature),
  });
  return pem(Buffer.from(AsnConvert.serialize(whole)));
}

function signatureAlgorithm(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
}

function extension(extnID: string, value: object, critical = false): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value));
  return new Extension({ extnID, critical, extnValue });
}

function named(name: string): Name {
  const value = new AttributeValue({ utf8String: name });
  const attribute = new AttributeTypeAndValue({ type: commonName, value });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

/** A leading zero byte would be a second encoding of the same number, a leading one a negative one. */
function positiveSerial(): ArrayBuffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes(serial);
}

function publicDer(pair: KeyPair): Buffer {
  return pair.publicKey.export({ type: 'spki', format: 'der' });
}

function keyIdentifier(pair: KeyPair): ArrayBuffer {
  return bytes(createHash('sha256').update(publicDer(pair)).digest().subarray(0, 20));
}

function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
