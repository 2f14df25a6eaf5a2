import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { describeError, InfrastructureError } from '../model/errors.ts';
import { type Address, parseAddress } from '../redis/address.ts';
import { openConnection } from '../redis/connection.ts';
import { masterAddress } from '../redis/sentinel.ts';
import { type Environment, integer, requiredText } from './environment.ts';
import type { HttpService } from './http.ts';
import { type Login, loginsOf } from './logins.ts';

/** What the label of a pod may say; `none` leads nobody to it. */
export type RoleLabel = 'master' | 'replica' | 'none';

const everyMs = 300;
const timeoutMs = 1000;
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Puts a label on the pod that it runs in. @throws when the API server does not take it. */
export type Labelling = (role: RoleLabel) => Promise<void>;

/**
 * Keeps the label `redis-role` of its own pod equal to what the Redis beside it is, so that a Service can lead
 * to the master alone: `master` only where ROLE says so and the Sentinel beside it names this very pod. One
 * that was demoted and does not know it yet has no label of a master.
 */
export async function startRoleLabeller(
  env: Environment,
  label: Labelling = labelOwnPod(env),
): Promise<HttpService> {
  const logins = loginsOf(env);
  const name = env.REDIS_MASTER_NAME || 'mymaster';
  const own = requiredText(env, 'POD_NAME');
  const redis = { host: '127.0.0.1', port: integer(env, 'REDIS_PORT', 6379, ports) };
  const sentinel = { host: '127.0.0.1', port: integer(env, 'SENTINEL_PORT', 26_379, ports) };
  let last: RoleLabel | null = null;
  let stopped = false;
  const look = async () => {
    const [role, named] = await Promise.all([
      ask(redis, logins.data, ['ROLE']).catch(() => null),
      ask(sentinel, logins.sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]).catch(
        () => null,
      ),
    ]);
    const now = roleLabel(role, named === null ? null : masterAddress(named), own, ownIps(env));
    if (now === last) return;
    await label(now);
    console.log(`${own}: ${last ?? 'unlabelled'} -> ${now}`);
    last = now;
  };
  const loop = async () => {
    while (!stopped) {
      await look().catch((error) => console.error(`role-labeller: ${describeError(error)}`));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  void loop();
  return {
    port: 0,
    stop: async () => {
      stopped = true;
    },
  };
}

const ports = { low: 1, high: 65_535 };

/** By ROLE's first word and the Sentinel's word on the master. */
export function roleLabel(
  role: unknown,
  named: Address | null,
  ownName: string,
  ownIps: readonly string[],
): RoleLabel {
  const [first] = Array.isArray(role) ? (role as readonly unknown[]) : [];
  if (first === 'slave') return 'replica';
  if (first !== 'master' || named === null) return 'none';
  const isOwn = ownIps.includes(named.host) || named.host.split('.')[0] === ownName;
  return isOwn ? 'master' : 'none';
}

function ownIps(env: Environment): readonly string[] {
  return (env.POD_IPS ?? env.POD_IP ?? '').split(',').filter((ip) => ip !== '');
}

async function ask(address: Address, login: Login, argv: readonly string[]): Promise<unknown> {
  const connection = await openConnection({
    ...login,
    address,
    connectTimeoutMs: timeoutMs,
    commandTimeoutMs: timeoutMs,
  });
  try {
    return await connection.send(argv);
  } finally {
    connection.close();
  }
}

/** By the pod's own service account, which needs `patch` on this pod and nothing else. */
function labelOwnPod(env: Environment): Labelling {
  const namespace = requiredText(env, 'POD_NAMESPACE');
  const pod = requiredText(env, 'POD_NAME');
  const { host, port } = parseAddress(
    `${bracketed(requiredText(env, 'KUBERNETES_SERVICE_HOST'))}:${requiredText(env, 'KUBERNETES_SERVICE_PORT')}`,
  );
  return async (role) => {
    const body = JSON.stringify({ metadata: { labels: { 'redis-role': role } } });
    await patch({ host, port, path: `/api/v1/namespaces/${namespace}/pods/${pod}` }, body);
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function patch(
  where: { readonly host: string; readonly port: number; readonly path: string },
  body: string,
): Promise<void> {
  // read anew each time: the kubelet replaces a token before it expires
  const token = readFileSync(`${accountFolder}/token`, 'utf8').trim();
  const ca = readFileSync(`${accountFolder}/ca.crt`, 'utf8');
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...where,
        ca,
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/merge-patch+json',
          'content-length': Buffer.byteLength(body),
        },
        timeout: 5000,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          if (response.statusCode === 200) return resolve();
          reject(
            new InfrastructureError(
              `PATCH ${where.path}: expected 200, got ${response.statusCode}: ${text.slice(0, 300)}`,
            ),
          );
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in 5 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}
