import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { ObjectStore } from '../store/store.ts';
import { ApiError, badRequest } from './api-error.ts';
import type { ServingCertificate } from './certificates.ts';
import { answer, type Relabelled } from './requests.ts';
import type { ApiResource } from './resources.ts';
import { Watches } from './watching.ts';

/** The API server's own limit on what a client sends. */
const bodyLimitBytes = 3 * 1024 * 1024;

/** The API over HTTPS; the caller lets it listen. */
export function apiServer(
  store: ObjectStore,
  { certificate, key }: ServingCertificate,
  relabelled: Relabelled,
  log: (line: string) => void,
): Server {
  const watches = new Watches(store);
  const server = createServer({ cert: certificate, key }, (request, response) => {
    response.on('error', () => response.destroy());
    serve(store, watches, relabelled, request, response).catch((error: unknown) => {
      const known = error instanceof ApiError ? error : unreadable(error);
      if (!known) log(`Kubernetes API: ${error instanceof Error ? error.stack : String(error)}`);
      send(response, known ?? new ApiError(500, 'InternalError', 'Internal error occurred'));
    });
  });
  // A client that does not trust the certificate ends the handshake: its own affair.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

/** An address that is no URL, or not percent-encoded as one. */
function unreadable(error: unknown): ApiError | null {
  const wrong =
    error instanceof URIError || Reflect.get(Object(error), 'code') === 'ERR_INVALID_URL';
  return wrong ? badRequest('the address of the request cannot be read') : null;
}

async function serve(
  store: ObjectStore,
  watches: Watches,
  relabelled: Relabelled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubernetes.default.svc');
  const found = await answer(
    store,
    {
      method: request.method ?? 'GET',
      url,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'] ?? '',
      body: () => bodyOf(request),
    },
    relabelled,
  );
  if (found.kind === 'watch') follow(watches, found.resource, url, response);
  else send(response, found.value);
}

/** One JSON object a line, until the client goes or its time is over. */
function follow(watches: Watches, resource: ApiResource, url: URL, response: ServerResponse): void {
  const pending: string[] = [];
  let write = (line: string): void => void pending.push(line);
  const close = watches.open(resource, url.searchParams, (event) =>
    write(`${JSON.stringify(event)}\n`),
  );
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  write = (line) => void response.write(line);
  for (const line of pending) write(line);
  const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 0);
  const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000) : undefined;
  response.on('close', () => {
    clearTimeout(timer);
    close();
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) {
      throw new ApiError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${bodyLimitBytes}`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, value: object | string): void {
  const failed = value instanceof ApiError;
  const text = typeof value === 'string' ? value : JSON.stringify(failed ? value.status : value);
  const type = typeof value === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(failed ? value.code : 200, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
  });
  response.end(text);
}
