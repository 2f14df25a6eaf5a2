import { connect } from 'node:net';

/** `open`: a connection was made. `refused`: somebody said no. `silent`: nobody answered in time. */
export type TcpAnswer = 'open' | 'refused' | 'silent';

export interface TcpProbe {
  readonly timeoutMs: number;
  /**
   * The connection must stay open for so long to count as `open`; closed sooner it was `refused`:
   * a proxy in between (Docker's, a cloud's) accepts first and finds nobody behind it later.
   */
  readonly settleMs?: number;
}

/** Tries one TCP connection and closes it. Never throws for what the network does. */
export function probeTcp(host: string, port: number, probe: TcpProbe): Promise<TcpAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => end('silent'), probe.timeoutMs);
    let settled: NodeJS.Timeout | undefined;
    const end = (answer: TcpAnswer) => {
      clearTimeout(timer);
      clearTimeout(settled);
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => {
      socket.resume(); // or its end is never seen
      // where this process stood still, its end may have come meanwhile and not have been read: the loop
      // reads sockets between a timer and an immediate
      settled = setTimeout(() => setImmediate(() => end('open')), probe.settleMs ?? 0);
    });
    socket.on('end', () => end('refused'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' ? 'refused' : 'silent'),
    );
  });
}
