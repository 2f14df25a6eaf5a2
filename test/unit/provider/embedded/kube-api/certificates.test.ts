import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issueServingCertificate } from '../../../../../src/provider/embedded/agent/kube-api/certificates.ts';

test('the authority proves the server by its names and its address, each run another one', () => {
  const names = ['kubernetes.default.svc', 'kubernetes'];
  const issued = issueServingCertificate(names, ['10.96.0.1']);
  const ca = new X509Certificate(issued.ca);
  const server = new X509Certificate(issued.certificate);
  expect([ca.ca, server.ca]).toEqual([true, false]);
  expect(server.checkIssued(ca) && server.verify(ca.publicKey)).toBe(true);
  for (const name of names) expect(server.checkHost(name)).toBe(name);
  expect(server.checkHost('kubernetes.other')).toBeUndefined();
  expect(server.checkIP('10.96.0.1')).toBe('10.96.0.1');
  expect(server.checkIP('10.96.0.2')).toBeUndefined();
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']); // serverAuth
  expect(issued.key).toContain('PRIVATE KEY');
  const other = issueServingCertificate(names, []);
  expect(server.verify(new X509Certificate(other.ca).publicKey)).toBe(false);
  expect(new X509Certificate(other.certificate).serialNumber).not.toBe(server.serialNumber);
});
