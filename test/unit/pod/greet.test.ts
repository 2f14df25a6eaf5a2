import { type AddressInfo, createServer as plain, type Server, type Socket } from 'node:net';
import { createServer as secure } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { greet } from '../../../src/pod/greet.ts';
import { issueServingCertificate } from '../../../src/provider/embedded/agent/kube-api/certificates.ts';

/** Goal: a server that speaks TLS is told from one that does not, whatever it thinks of us. */
const open: { server: Server; sockets: Socket[] }[] = [];
afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

async function speaks(server: Server): Promise<boolean> {
  const sockets: Socket[] = [];
  open.push({ server, sockets });
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => {})));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (await greet({ host: '127.0.0.1', port }, 500)).tls;
}

const { ca, certificate, key } = issueServingCertificate(['redis'], ['127.0.0.1']);
const own = { key, cert: certificate };
const asking = { ...own, ca, requestCert: true, rejectUnauthorized: true };

test.each<[string, () => Server]>([
  ['TLS', () => secure(own)],
  ['TLS that asks for a certificate of ours', () => secure(asking)],
  ['the same before 1.3', () => secure({ ...asking, maxVersion: 'TLSv1.2' })],
])('%s is TLS', async (_, server) => {
  expect(await speaks(server())).toBe(true);
});

test.each<[string, (socket: Socket) => void]>([
  ['an error as Redis gives it', (socket) => socket.write('-ERR unknown command\r\n')],
  ['an end', (socket) => socket.end()],
  ['silence', () => {}],
])('%s is not', async (_, answer) => {
  expect(await speaks(plain((socket) => socket.on('data', () => answer(socket))))).toBe(false);
});

test('nobody is not', async () => {
  expect((await greet({ host: '127.0.0.1', port: 1 }, 500)).tls).toBe(false);
});
