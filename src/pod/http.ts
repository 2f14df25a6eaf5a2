import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describeError, InfrastructureError, UsageError } from '../model/errors.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface HttpService {
  readonly port: number;
  /**
   * Ends the service: for `lameDuckMs` it goes on accepting (a Service forwards to a pod for a moment
   * after its SIGTERM) and asks every client to hang up, then waits up to `graceMs` for the rest.
   */
  stop(lameDuckMs: number, graceMs: number): Promise<void>;
}

const bodyLimitBytes = 1024 * 1024;

/**
 * Serves HTTP on all addresses (or `host`); port 0 takes a free one. An error that a handler throws
 * becomes 400 (UsageError) or 500, with its message.
 * @throws InfrastructureError when the port cannot be taken.
 */
export async function serveHttp(
  handler: Handler,
  port: number,
  host?: string,
): Promise<HttpService> {
  let stopping = false;
  const server = createServer((request, response) => {
    if (stopping) response.setHeader('connection', 'close');
    try {
      const pending = handler(request, response);
      pending?.catch((error) => sendError(response, error));
    } catch (error) {
      sendError(response, error);
    }
  });
  // Longer than a client keeps an idle connection: closing one just as it sends would look like a
  // lost write from there.
  server.keepAliveTimeout = 65_000;
  await listen(server, port, host);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: async (lameDuckMs, graceMs) => {
      stopping = true;
      await delay(lameDuckMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      const hardEnd = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(hardEnd);
    },
  };
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'text/plain; charset=utf-8', text, headers);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

/**
 * Reads a JSON body.
 * @throws UsageError when it is no JSON or longer than 1 MiB.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyLimitBytes) throw new UsageError(`the body is over ${bodyLimitBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new UsageError(`the body is not JSON: ${describeError(cause)}`, { cause });
  }
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.sendDate = false; // nobody asks; it costs a timer a second
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  sendText(response, error instanceof UsageError ? 400 : 500, `${describeError(error)}\n`);
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new InfrastructureError(`cannot listen on port ${port}: ${cause.message}`, { cause })),
    );
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve());
  });
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
