import { connect } from 'node:tls';
import type { Address } from '../redis/address.ts';
import type { GreetReply } from './observer-protocol.ts';

/**
 * Whether a server speaks TLS: says hello as a TLS client that believes everybody, and hangs up. A
 * handshake that the server ends with an alert (it wants a certificate of ours) is TLS as well.
 */
export function greet({ host, port }: Address, timeoutMs: number): Promise<GreetReply> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false });
    const end = (tls: boolean, detail: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ tls, detail });
    };
    const timer = setTimeout(() => end(false, 'no answer'), timeoutMs);
    socket.on('secureConnect', () => end(true, socket.getProtocol() ?? 'TLS'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const detail = error.code ?? error.message;
      end(/ALERT/.test(detail), detail);
    });
    socket.on('close', () => end(false, 'closed'));
  });
}
