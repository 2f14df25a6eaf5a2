import type { ConnectionOptions } from '../redis/connection.ts';
import type { Environment } from './environment.ts';

/** Who we are for a server; without a password no AUTH is sent. */
export type Login = Pick<ConnectionOptions, 'username' | 'password'>;

/** Data servers and Sentinels each have their own. */
export interface Logins {
  readonly data: Login;
  readonly sentinel: Login;
}

/**
 * `REDIS_USERNAME` and `REDIS_PASSWORD`; for Sentinels `SENTINEL_USERNAME` and `SENTINEL_PASSWORD`, and where
 * that is not set the same as for Redis: one that has no password takes everybody.
 */
export function loginsOf(env: Environment): Logins {
  const data = login(env.REDIS_USERNAME, env.REDIS_PASSWORD);
  const own = env.SENTINEL_PASSWORD !== undefined;
  return { data, sentinel: own ? login(env.SENTINEL_USERNAME, env.SENTINEL_PASSWORD) : data };
}

function login(username: string | undefined, password: string | undefined): Login {
  return { username: username || null, password: password || null };
}
