import { openConnection } from '../redis/connection.ts';
import { parseInfo } from '../redis/info.ts';
import { type Environment, integer } from './environment.ts';
import { type HttpService, sendText, serveHttp } from './http.ts';
import { loginsOf } from './logins.ts';

const timeoutMs = 1000;

/**
 * `GET /metrics` of the Redis beside it, asked when it is asked, by the names that redis_exporter gives them:
 * whether it is up, its role, its replicas and its link to its master.
 */
export async function startExporter(env: Environment, host?: string): Promise<HttpService> {
  const login = loginsOf(env).data;
  const ports = { low: 1, high: 65_535 };
  const address = {
    host: env.REDIS_HOST || '127.0.0.1',
    port: integer(env, 'REDIS_PORT', 6379, ports),
  };
  const info = async () => {
    const connection = await openConnection({
      ...login,
      address,
      connectTimeoutMs: timeoutMs,
      commandTimeoutMs: timeoutMs,
    });
    try {
      return String(await connection.send(['INFO']));
    } finally {
      connection.close();
    }
  };
  return serveHttp(
    async (request, response) => {
      if (request.url !== '/metrics') return sendText(response, 404, 'GET /metrics\n');
      sendText(response, 200, metricsOf(await info().catch(() => null)));
    },
    integer(env, 'PORT', 9121, { low: 0, high: 65_535 }),
    host,
  );
}

/** In Prometheus' text format. `info`: the reply to INFO; null when there was none. */
export function metricsOf(info: string | null): string {
  const lines = ['# TYPE redis_up gauge', `redis_up ${info === null ? 0 : 1}`];
  if (info !== null) {
    const fields = new Map([...parseInfo(info).values()].flatMap((section) => [...section]));
    const role = fields.get('role') ?? 'unknown';
    const version = fields.get('valkey_version') ?? fields.get('redis_version') ?? 'unknown';
    lines.push(
      '# TYPE redis_instance_info gauge',
      `redis_instance_info{role="${role}",redis_version="${version}"} 1`,
      '# TYPE redis_connected_slaves gauge',
      `redis_connected_slaves ${Number(fields.get('connected_slaves') ?? 0)}`,
    );
    const link = fields.get('master_link_status');
    if (link !== undefined) {
      lines.push(
        '# TYPE redis_master_link_up gauge',
        `redis_master_link_up ${link === 'up' ? 1 : 0}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
