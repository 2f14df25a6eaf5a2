import { Client, type Dispatcher, Pool } from 'undici';
import { classifyAnswer, classifyFailure, type HttpAnswer } from '../src/workload/http-answer.ts';
import {
  type HttpTarget,
  openHttpTarget,
  ownPath,
  ownPattern,
} from '../src/workload/http-target.ts';
import { Deadlines } from './deadlines.ts';
import { Handler } from './load-handlers.ts';

/** The ways to send the load's requests that were tried; `product` is the one in use. */
export type TargetName =
  | 'product'
  | 'request'
  | 'request-untimed'
  | 'dispatch'
  | 'dispatch-clients'
  | 'dispatch-milo'
  | 'dispatch-pipelined';

type OpenTarget = (origin: string, connections: number) => HttpTarget;

const timeoutMs = 1000;
const plain = { pipelining: 1, keepAliveTimeout: 10_000, headersTimeout: 0, bodyTimeout: 0 };

export const targets: Readonly<Record<TargetName, OpenTarget>> = {
  product: (origin) => openHttpTarget({ origin, timeoutMs, pattern: ownPattern, pathOf: ownPath }),
  request(origin, connections) {
    const pool = new Pool(origin, { ...plain, connections });
    return {
      hit(key, opId, end) {
        const abort = new AbortController();
        const timer = setTimeout(() => abort.abort(new Error('timeout')), timeoutMs);
        request(pool, key, opId, abort.signal)
          .then(end, (error: unknown) => end(classifyFailure(error)))
          .finally(() => clearTimeout(timer));
      },
      close: () => pool.destroy(),
    };
  },
  'request-untimed'(origin, connections) {
    const pool = new Pool(origin, { ...plain, connections });
    return {
      hit: (key, opId, end) =>
        void request(pool, key, opId).then(end, (error: unknown) => end(classifyFailure(error))),
      close: () => pool.destroy(),
    };
  },
  dispatch: (origin, connections) => onPool(new Pool(origin, { ...plain, connections })),
  'dispatch-milo'(origin, connections) {
    const options = { ...plain, connections, useMilo: true }; // undocumented, of undici 8.12
    return onPool(new Pool(origin, options));
  },
  'dispatch-pipelined'(origin, connections) {
    const options = { ...plain, connections: Math.ceil(connections / 4), pipelining: 4 };
    return onPool(new Pool(origin, options), false);
  },
  'dispatch-clients'(origin) {
    const deadlines = new Deadlines(timeoutMs);
    const all: Client[] = [];
    const free: Client[] = [];
    const opened = () => {
      const client = new Client(origin, plain);
      all.push(client);
      return client;
    };
    return {
      hit(key, opId, end) {
        const client = free.pop() ?? opened();
        const handler = new Handler((answer) => {
          free.push(client);
          end(answer);
        });
        deadlines.add(handler);
        dispatch(client, key, opId, handler);
      },
      async close() {
        deadlines.close();
        await Promise.all(all.map((client) => client.destroy()));
      },
    };
  },
};

function onPool(pool: Pool, blocking = true): HttpTarget {
  const deadlines = new Deadlines(timeoutMs);
  return {
    hit(key, opId, end) {
      const handler = new Handler(end);
      deadlines.add(handler);
      dispatch(pool, key, opId, handler, blocking);
    },
    async close() {
      deadlines.close();
      await pool.destroy();
    },
  };
}

async function request(
  pool: Pool,
  key: string,
  opId: string,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const response = await pool.request({
    method: 'GET',
    path: ownPath(key),
    headers: { 'x-op-id': opId },
    ...(signal ? { signal } : {}),
  });
  const body = await response.body.text();
  return classifyAnswer(response.statusCode, response.headers, body, ownPattern);
}

function dispatch(
  to: Dispatcher,
  key: string,
  opId: string,
  handler: Handler,
  blocking = true,
): void {
  to.dispatch({ method: 'GET', path: ownPath(key), headers: ['x-op-id', opId], blocking }, handler);
}
