import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ObjectStore } from '../store/store.ts';
import { dnsIp } from './addresses.ts';
import { buildAnswer, parseQuestion } from './dns-message.ts';
import { lookUp } from './dns-records.ts';

/** RFC 1035: larger answers are cut off on UDP and asked for again over TCP. */
const udpLimitBytes = 512;

/** Cluster DNS on the node's own address, UDP and TCP. The node's process ends it. */
export async function startDns(store: ObjectStore): Promise<void> {
  const udp = createSocket('udp4');
  udp.on('message', (message, peer) => {
    const answer = answerTo(store, message);
    if (!answer) return;
    if (answer.length > udpLimitBytes) {
      const question = parseQuestion(message);
      if (!question) return;
      const truncated = buildAnswer(question, []);
      truncated.writeUInt16BE(truncated.readUInt16BE(2) | 0x200, 2);
      udp.send(truncated, peer.port, peer.address);
    } else {
      udp.send(answer, peer.port, peer.address);
    }
  });
  udp.on('error', () => {}); // a peer that is gone by now
  udp.bind(53, dnsIp);

  const tcp = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const length = received.readUInt16BE(0);
        const answer = answerTo(store, received.subarray(2, 2 + length));
        received = received.subarray(2 + length);
        if (!answer) {
          socket.destroy();
          return;
        }
        const size = Buffer.alloc(2);
        size.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([size, answer]));
      }
    });
  });
  tcp.listen(53, dnsIp);
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
}

function answerTo(store: ObjectStore, message: Buffer): Buffer | null {
  const question = parseQuestion(message);
  return question && buildAnswer(question, lookUp(store, question.name, question.type));
}
