import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InfrastructureError } from '../../../../src/model/errors.ts';
import { downloadKind } from '../../../../src/provider/kind/kind-download.ts';

/**
 * Goal: kind is only ever put in place whole and with the checksum that is published for it.
 * Method: a release server on loopback that misbehaves in one way at a time.
 */
const program = Buffer.from('#!/bin/sh\necho kind v9.9.9 go1.26 linux/amd64\n');
const sum = createHash('sha256').update(program).digest('hex');

let folder: string;
let servers: Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kind-download-'));
  servers = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A release server: `file` for the program, the right checksum unless told otherwise. */
function releases(seen: string[], file: Buffer = program, published = `${sum}  kind\n`) {
  return serve((request, response) => {
    seen.push(request.url ?? '');
    response.end(request.url?.endsWith('.sha256sum') ? published : file);
  });
}

function download(url: string, over: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  return downloadKind({
    version: 'v9.9.9',
    folder,
    platform: 'linux',
    arch: 'x64',
    log: () => {},
    signal: new AbortController().signal,
    releases: url,
    ...over,
  });
}

async function refused(download: Promise<string>): Promise<string> {
  const error = await download.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InfrastructureError);
  expect(await readdir(folder).catch(() => [])).toEqual([]); // nothing is left behind
  return (error as Error).message;
}

test('a program with the published checksum is put in place, executable, and not fetched twice', async () => {
  const seen: string[] = [];
  const url = await releases(seen);
  const path = await download(url);
  expect(await readFile(path)).toEqual(program);
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  expect(seen).toEqual(['/v9.9.9/kind-linux-amd64.sha256sum', '/v9.9.9/kind-linux-amd64']);
  expect(await download(url)).toBe(path);
  expect(seen).toHaveLength(2);
});

test('a cached program that was changed is fetched again', async () => {
  const { writeFile } = await import('node:fs/promises');
  const url = await releases([]);
  const path = await download(url);
  await writeFile(path, 'something else');
  expect(await readFile(await download(url))).toEqual(program);
});

test('another checksum is refused, with both named', async () => {
  const other = 'a'.repeat(64);
  const message = await refused(download(await releases([], program, `${other}  kind\n`)));
  expect(message).toContain(sum);
  expect(message).toContain(other);
});

test('a truncated program is refused', async () => {
  const url = await serve((request, response) => {
    if (request.url?.endsWith('.sha256sum')) return void response.end(`${sum}  kind\n`);
    response.writeHead(200, { 'content-length': program.length });
    response.write(program.subarray(0, 10), () => response.destroy());
  });
  expect(await refused(download(url))).toContain('cannot download kind v9.9.9');
});

test('a version that is not there says so', async () => {
  const url = await serve((_, response) => void response.writeHead(404).end('Not Found'));
  expect(await refused(download(url))).toMatch(/HTTP 404.*such a version/);
});

test('a checksum file without a checksum is refused', async () => {
  expect(await refused(download(await releases([], program, '<html>')))).toContain('no SHA-256');
});

test('a server that says nothing ends at the deadline', async () => {
  const url = await serve(() => {});
  expect(await refused(download(url, { timeoutMs: 200 }))).toContain('timed out');
});

test('an interrupt ends it with its own reason', async () => {
  const url = await serve(() => {});
  const interrupt = new AbortController();
  const reason = new Error('stop');
  setTimeout(() => interrupt.abort(reason), 50);
  await expect(download(url, { signal: interrupt.signal })).rejects.toBe(reason);
});

test('redirects are followed', async () => {
  const target = await releases([]);
  const url = await serve(
    (request, response) =>
      void response.writeHead(302, { location: `${target}${request.url}` }).end(),
  );
  expect(await readFile(await download(url))).toEqual(program);
});

test('HTTP_PROXY is honoured', async () => {
  const seen: string[] = [];
  const proxy = await serve((request, response) => {
    seen.push(request.url ?? '');
    response.end(request.url?.endsWith('.sha256sum') ? `${sum}  kind\n` : program);
  });
  // undici tunnels to plain http too: answer its CONNECT by handing the socket to the same server.
  servers[0]?.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    servers[0]?.emit('connection', socket);
  });
  vi.stubEnv('HTTP_PROXY', proxy);
  vi.stubEnv('http_proxy', proxy);
  vi.stubEnv('NO_PROXY', '');
  vi.stubEnv('no_proxy', '');
  expect(await readFile(await download('http://releases.invalid/kind'))).toEqual(program);
  expect(seen.join(' ')).toContain('releases.invalid');
});

test('a platform that kind is not published for is named', async () => {
  await expect(
    downloadKind({
      version: 'v9.9.9',
      folder,
      platform: 'sunos',
      arch: 'x64',
      log: () => {},
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow(/sunos/);
});
