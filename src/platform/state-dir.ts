import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where journals live: they must outlive the run and its temporary folders. XDG base directory
 * specification: `$XDG_STATE_HOME`, else `~/.local/state`.
 */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(base, 'redis-k8s-chaos');
}

/** Where downloads are kept: `$XDG_CACHE_HOME`, else `~/.cache`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'redis-k8s-chaos');
}
