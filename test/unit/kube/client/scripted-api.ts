import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

export interface ScriptedApi {
  readonly kubeconfig: string;
  /** `METHOD /path?query` of every request that came. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

export interface Script {
  readonly answer?: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  /** What a WebSocket does once it is open. */
  readonly socket?: (socket: WebSocket, request: IncomingMessage) => void;
  /** Message of the 404 that a WebSocket gets without `socket`. */
  readonly refusal?: string;
  readonly protocols?: readonly string[];
}

/** An API server on loopback that does what a real one does only on a bad day. */
export async function scriptedApi(script: Script): Promise<ScriptedApi> {
  const folder = await mkdtemp(join(tmpdir(), 'scripted-api-'));
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => script.answer?.(request, response, body));
  });
  const accepted = script.protocols ?? ['v5.channel.k8s.io'];
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => accepted.find((one) => offered.has(one)) ?? false,
  });
  server.on('upgrade', (request, stream, head) => {
    seen.push(`UPGRADE ${request.url}`);
    const open = script.socket;
    if (open)
      return sockets.handleUpgrade(request, stream, head, (socket) => open(socket, request));
    const body = JSON.stringify({ kind: 'Status', message: script.refusal, reason: 'NotFound' });
    stream.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = join(folder, 'config');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'scripted',
      contexts: [
        { name: 'scripted', context: { cluster: 'c', user: 'u' } },
        { name: 'other', context: { cluster: 'c', user: 'u' } },
      ],
      clusters: [
        {
          name: 'c',
          cluster: {
            server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            'insecure-skip-tls-verify': true,
          },
        },
      ],
      users: [{ name: 'u', user: { token: 'secret-token' } }],
    }),
  );
  return {
    kubeconfig,
    seen,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers with a Status object, as the API server refuses. */
export function refuse(response: ServerResponse, code: number, reason: string, message: string) {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code };
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(status));
}
