import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { InfrastructureError } from '../../model/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { apiError, isTransient, KubeNetworkError } from './errors.ts';

/** Which cluster: a kubeconfig file (null: `$KUBECONFIG` or `~/.kube/config`) and a context in it. */
export interface KubeTarget {
  readonly kubeconfig: string | null;
  /** Null: the file's current context. */
  readonly context: string | null;
}

export interface KubeRequest {
  readonly method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** For messages: `list Pods in ns`. */
  readonly what: string;
  /** Of one attempt. */
  readonly timeoutMs?: number;
}

const requestTimeoutMs = 15_000;
/** How long a read is repeated over errors that may go away by themselves. */
const retryWindowMs = 20_000;

/**
 * One cluster's API. client-node reads the kubeconfig and does authentication (certificates,
 * tokens, exec plugins, OIDC, proxies); requests are plain JSON over one kept-alive dispatcher.
 * Its typed API would drop fields that it does not know, so that a misspelt one is never refused,
 * turn times into Date objects, and make a new TLS connection for each request.
 */
export interface KubeConnection {
  readonly server: string;
  readonly context: string;
  readonly config: KubeConfig;
  /** One attempt. @throws KubeApiError, KubeNetworkError, or the signal's reason. */
  send(request: KubeRequest, signal: AbortSignal): Promise<string>;
  /** As `send`, repeated while the error may go away by itself: for requests that may be repeated. */
  sendPersistently(request: KubeRequest, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** Every context name of the kubeconfig, and the current one. Touches no cluster. */
export async function readKubeConfig(kubeconfig: string | null): Promise<KubeConfig> {
  // loaded only where a cluster is used, and not the whole package: its models are 2 MB of the bundle
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  try {
    if (kubeconfig === null) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    const file = kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InfrastructureError(`cannot read the kubeconfig ${file}: ${reason}`, { cause });
  }
  return config;
}

/** Reads the kubeconfig; sends nothing yet. */
export async function connectKube(target: KubeTarget): Promise<KubeConnection> {
  const config = await readKubeConfig(target.kubeconfig);
  if (target.context !== null) config.setCurrentContext(target.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new InfrastructureError(
      `the kubeconfig ${target.kubeconfig ?? '(default)'} has no cluster for context ${config.getCurrentContext()}`,
    );
  }
  const server = cluster.server.replace(/\/$/, '');
  const ownAgent = new Agent();
  let dispatcher: Dispatcher | null = null;

  async function send(spec: KubeRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(spec.timeoutMs ?? requestTimeoutMs);
    const ended = AbortSignal.any([signal, deadline]);
    const url = new URL(server + spec.path);
    for (const [name, value] of Object.entries(spec.query ?? {})) url.searchParams.set(name, value);
    try {
      const auth = await beforeAbort(authenticate(config), ended);
      dispatcher ??= auth.dispatcher ?? ownAgent;
      const answer = await request(url, {
        method: spec.method,
        headers: {
          accept: 'application/json, */*;q=0.8',
          'user-agent': 'redis-k8s-chaos',
          ...(spec.body === undefined
            ? {}
            : { 'content-type': spec.contentType ?? 'application/json' }),
          ...auth.headers,
        },
        body: spec.body === undefined ? null : JSON.stringify(spec.body),
        dispatcher,
        signal: ended,
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
      if (answer.statusCode === 401) dispatcher = null; // a client certificate may have been renewed
      throw apiError(spec.what, answer.statusCode, text);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof InfrastructureError) throw error;
      throw new KubeNetworkError(spec.what, server, deadline.aborted ? deadline.reason : error);
    }
  }

  return {
    server,
    context: config.getCurrentContext(),
    config,
    send,
    async sendPersistently(spec, signal) {
      const endUs = systemClock.nowUs() + retryWindowMs * 1000;
      for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
        try {
          return await send(spec, signal);
        } catch (error) {
          const late = systemClock.nowUs() + pauseMs * 1000 > endUs;
          if (late || signal.aborted || !isTransient(error)) throw error;
        }
        await systemClock.sleep(pauseMs, signal);
      }
    },
    async close() {
      await Promise.allSettled([ownAgent.destroy(), dispatcher?.destroy()]);
    },
  };
}

interface Authentication {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
}

/** Asks client-node for this request's headers (tokens expire) and the dispatcher with the TLS side. */
async function authenticate(config: KubeConfig): Promise<Authentication> {
  const headers: Record<string, string> = {};
  let dispatcher: Dispatcher | undefined;
  const context = {
    setHeaderParam: (name: string, value: string) => {
      headers[name] = value;
    },
    setDispatcher: (given: Dispatcher) => {
      dispatcher = given;
    },
  };
  await config.applySecurityAuthentication(context as unknown as RequestContext);
  return { headers, dispatcher };
}

/** client-node's exec plugins know no deadline. */
export function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}
