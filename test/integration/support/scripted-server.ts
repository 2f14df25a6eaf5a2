import { createServer, type Server, type Socket } from 'node:net';

/** A server on loopback that answers each write as the test says, byte by byte. */
export class ScriptedServer {
  readonly port: number;
  /** Everything it was sent. */
  received = '';
  connections = 0;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = port;
  }

  static async start(answer: (socket: Socket, text: string) => void): Promise<ScriptedServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      scripted.connections++;
      sockets.add(socket);
      socket.on('error', () => {}); // the test breaks connections on purpose
      socket.on('close', () => sockets.delete(socket));
      socket.on('data', (chunk) => {
        scripted.received += chunk.toString('utf8');
        answer(socket, chunk.toString('utf8'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const scripted = new ScriptedServer(server, port, sockets);
    return scripted;
  }

  /** How often this command was received, and so executed. */
  count(command: string): number {
    return this.received.split(`\r\n${command}\r\n`).length - 1;
  }

  async dispose(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
