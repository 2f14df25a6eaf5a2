import { request } from 'node:http';
import { connect } from 'node:net';
import { namedPort } from '../network/endpoints.ts';
import type { Pod, ProbeAction } from '../store/pod-objects.ts';

export interface AttemptOutcome {
  readonly ok: boolean;
  /** What came instead, for an Unhealthy event. */
  readonly message: string;
}

export interface AttemptContext {
  readonly pod: Pod;
  readonly exec: (
    argv: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ) => Promise<{ exitCode: number; output: string; timedOut: boolean }>;
}

/** Carries out one probe or lifecycle hook. Never throws: what goes wrong is a failed attempt. */
export async function attempt(
  context: AttemptContext,
  action: ProbeAction,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    if (action.exec) {
      const result = await context.exec(action.exec.command ?? [], timeoutMs, signal);
      if (result.timedOut) return { ok: false, message: `command timed out after ${timeoutMs} ms` };
      return { ok: result.exitCode === 0, message: result.output.trim().slice(0, 500) };
    }
    if (action.sleep) return await sleepFor(action.sleep.seconds * 1000, signal);
    if (action.httpGet) return await httpGet(context.pod, action.httpGet, timeoutMs, signal);
    if (action.tcpSocket) {
      const host = action.tcpSocket.host ?? context.pod.status.podIP ?? '';
      return await tcpConnect(host, portOf(context.pod, action.tcpSocket.port), timeoutMs, signal);
    }
    return { ok: true, message: '' };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function portOf(pod: Pod, port: number | string): number {
  return typeof port === 'number' ? port : (namedPort(pod, port) ?? Number(port));
}

function sleepFor(ms: number, signal: AbortSignal): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve({ ok: true, message: '' });
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

function httpGet(
  pod: Pod,
  get: NonNullable<ProbeAction['httpGet']>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.34', accept: '*/*' };
  for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return new Promise((resolve) => {
    const path = get.path ?? '/';
    const call = request(
      {
        host: get.host ?? pod.status.podIP ?? '',
        port: portOf(pod, get.port),
        path: path.startsWith('/') ? path : `/${path}`,
        headers,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      },
      (response) => {
        response.destroy();
        const code = response.statusCode ?? 0;
        const ok = code >= 200 && code < 400;
        resolve({ ok, message: `HTTP probe failed with statuscode: ${code}` });
      },
    );
    call.on('error', (error) => resolve({ ok: false, message: `Get ${path}: ${error.message}` }));
    call.end();
  });
}

function tcpConnect(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (ok: boolean, message: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ok, message });
    };
    const timer = setTimeout(() => end(false, `dial tcp ${host}:${port}: timeout`), timeoutMs);
    socket.on('connect', () => end(true, ''));
    socket.on('error', (error) => end(false, `dial tcp ${host}:${port}: ${error.message}`));
  });
}
