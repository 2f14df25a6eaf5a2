import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UsageError } from '../model/errors.ts';
import { systemClock } from '../platform/clock.ts';
import { parseAddress } from '../redis/address.ts';
import { ask } from './ask.ts';
import { type Environment, integer } from './environment.ts';
import { EventLog } from './event-log.ts';
import { greet } from './greet.ts';
import { type HttpService, readJson, sendJson, sendText, serveHttp } from './http.ts';
import { loginsOf } from './logins.ts';
import { naiveRead } from './naive-read.ts';
import { ObservedServers } from './observed-servers.ts';
import type { Echo } from './observer-protocol.ts';
import { checkAsk, checkGreet, checkProbes, checkRead, checkTargets } from './observer-requests.ts';

/**
 * The observer: looks at every server from inside the cluster and tells what changes, as
 * observer-protocol.ts says. It needs no API access: the harness tells it the targets.
 * @throws UsageError for a wrong environment, InfrastructureError when the port is taken.
 */
export async function startObserver(env: Environment, host?: string): Promise<HttpService> {
  const logins = loginsOf(env);
  const clock = systemClock;
  const boot = randomUUID();
  const log = new EventLog(clock);
  const pollMs = integer(env, 'POLL_MS', 100, { low: 10, high: 60_000 });
  const servers = new ObservedServers({ logins, pollMs, clock }, log);

  const routes: Readonly<Record<string, Route>> = {
    'GET /healthz': (_, response) => sendText(response, 200, 'ok\n'),
    'GET /echo': (_, response) =>
      sendJson(response, 200, { monoUs: clock.nowUs(), boot } satisfies Echo),
    'GET /events': (request, response) => {
      const from = sequence(request, log.lastSeq);
      response.setHeader('x-boot', boot);
      log.stream(response, from);
    },
    'PUT /targets': async (request, response) => {
      const { targets } = checkTargets(await readJson(request));
      servers.watch(targets);
      sendJson(response, 200, { targets: targets.length });
    },
    'PUT /probes': async (request, response) => {
      const { probes } = checkProbes(await readJson(request));
      servers.probe(probes);
      sendJson(response, 200, { probes: probes.length });
    },
    'POST /ask': async (request, response) => {
      const body = checkAsk(await readJson(request));
      const replies = await ask(body, body.argvs ?? [body.argv ?? []], logins);
      sendJson(response, 200, body.argvs ? { replies } : replies[0]);
    },
    'POST /greet': async (request, response) => {
      const { address, timeoutMs } = checkGreet(await readJson(request));
      sendJson(response, 200, await greet(parseAddress(address), timeoutMs));
    },
    'POST /read': async (request, response) => {
      sendJson(response, 200, await naiveRead(checkRead(await readJson(request)), logins));
    },
  };
  const service = await serveHttp(
    (request, response) => {
      const [path = '/'] = (request.url ?? '/').split('?');
      const route = routes[`${request.method} ${path}`];
      if (route) return route(request, response);
      sendText(response, 404, `there are: ${Object.keys(routes).join(', ')}\n`);
    },
    integer(env, 'PORT', 8080, { low: 0, high: 65535 }),
    host,
  );
  return {
    port: service.port,
    stop: async (_lameDuckMs, graceMs) => {
      servers.stop();
      log.close();
      await service.stop(0, graceMs);
    },
  };
}

type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** @throws UsageError when `from` is no number, or of a time that this observer has not reached. */
function sequence(request: IncomingMessage, lastSeq: number): number {
  const text = new URL(request.url ?? '/', 'http://observer').searchParams.get('from') ?? '1';
  const from = Number(text);
  if (/^\d+$/.test(text) && from >= 1 && from <= lastSeq + 1) return from;
  throw new UsageError(`from must be 1..${lastSeq + 1}, not '${text}'; did the observer restart?`);
}
