import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { EventLog } from '../../../src/pod/event-log.ts';
import { loginsOf } from '../../../src/pod/logins.ts';
import { ObservedServers } from '../../../src/pod/observed-servers.ts';

/**
 * Goal: a server that was slow once does not seem unseen for longer than it was. Method: a server that
 * answers every command with an error, and one of them late; what it answered, and when, is known.
 */
const slowMs = 1300;
const nowUs = () => systemClock.nowUs();

interface Line {
  readonly kind: string;
  readonly atUs: number;
  readonly looks?: readonly { readonly agoUs: number }[];
}

class Sink extends EventEmitter {
  readonly sightings: number[] = [];
  writeHead() {}
  flushHeaders() {}
  end() {}
  write(text: string): boolean {
    const { kind, atUs, looks } = JSON.parse(text) as Line;
    if (kind === 'looks') {
      for (const { agoUs } of looks ?? []) this.sightings.push(atUs - agoUs);
      this.emit('looks');
    }
    return true;
  }
}

const answers: number[] = [];
const sockets = new Set<Socket>();
let slowNext = false;
let slowUs = Number.POSITIVE_INFINITY;
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('data', (data) => {
    const commands = data.toString().match(/^\*\d+/gm) ?? [];
    const answer = () => {
      answers.push(nowUs());
      socket.write('-LOADING not yet\r\n'.repeat(commands.length));
    };
    if (!slowNext) return answer();
    slowNext = false;
    setTimeout(() => {
      slowUs = nowUs();
      answer();
    }, slowMs);
  });
  socket.on('error', () => {});
});
const log = new EventLog(systemClock);
const servers = new ObservedServers({ logins: loginsOf({}), pollMs: 50, clock: systemClock }, log);
afterEach(() => {
  servers.stop();
  log.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

it('a late look is told of at once, not with the newest after it', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sink = new Sink();
  log.stream(sink as unknown as ServerResponse, 1);
  servers.watch([{ pod: 'redis-0', uid: 'u', address: `127.0.0.1:${port}` }]);
  await once(sink, 'looks');
  slowNext = true;
  const after = () => sink.sightings.find((us) => us >= slowUs);
  while (after() === undefined) await once(sink, 'looks');
  const seenUs = after() ?? 0;
  expect(answers.filter((us) => us >= slowUs && us <= seenUs)).toHaveLength(1);
});
