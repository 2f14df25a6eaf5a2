import { formatMs } from '../../model/duration.ts';
import { DeadlineError } from '../../model/errors.ts';
import type { Provider } from '../../provider/provider.ts';

/** A Redis pod to be part of the cluster. */
export interface Member {
  readonly pod: string;
  readonly container: string;
  readonly ip: string;
  readonly port: number;
}

export interface FormOptions {
  readonly provider: Provider;
  readonly members: readonly Member[];
  /** The servers' password; it goes in through stdin, never an argument. */
  readonly password: string | null;
  /** The ACL user whose it is; null: the default user. */
  readonly user: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface FormResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** A cluster needs three masters to elect (cluster-spec, "majority of masters"). */
const leastMasters = 3;

/** Replicas a master gets when as many as possible get the same number, with three masters or more. */
export function replicasPerMaster(members: number): number {
  return Math.max(0, Math.floor(members / leastMasters) - 1);
}

/**
 * Forms the cluster as people do: `redis-cli --cluster create IP:PORT… --cluster-replicas N` from
 * within the first pod, over pod addresses. A refusal is a result (the set-up's fault), not an error;
 * so is a create that never ends, as with an announced address that nobody can reach.
 */
export async function formCluster(options: FormOptions): Promise<FormResult> {
  const [first] = options.members;
  if (!first || options.members.length < leastMasters) {
    return {
      ok: false,
      detail: `${options.members.length} Redis pods: a cluster needs at least ${leastMasters} masters`,
    };
  }
  // The shell takes the password from stdin into the environment, so that no process list shows it.
  const script =
    'IFS= read -r REDISCLI_AUTH; if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; VALKEYCLI_AUTH=$REDISCLI_AUTH; export VALKEYCLI_AUTH; else unset REDISCLI_AUTH; fi; ' +
    'cli=$(command -v redis-cli || command -v valkey-cli) || { echo "no redis-cli and no valkey-cli in this image" >&2; exit 127; }; ' +
    'exec "$cli" "$@"';
  const argv = [
    'sh',
    '-c',
    script,
    'form',
    ...(options.user === null ? [] : ['--user', options.user]),
    '--cluster',
    'create',
    ...options.members.map(({ ip, port }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`),
    '--cluster-replicas',
    String(replicasPerMaster(options.members.length)),
    '--cluster-yes',
  ];
  try {
    const result = await options.provider.exec(
      first.pod,
      first.container,
      argv,
      { stdin: Buffer.from(`${options.password ?? ''}\n`), timeoutMs: options.timeoutMs },
      options.signal,
    );
    const output = `${result.stdout.toString('utf8')}\n${result.stderr.toString('utf8')}`.trim();
    return result.exitCode === 0
      ? { ok: true, detail: lastLines(output, 1) }
      : {
          ok: false,
          detail: `--cluster create exited ${result.exitCode}: ${lastLines(output, 4)}`,
        };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof DeadlineError) {
      const last = lastLines(error.lastSeen, 2).replaceAll(/\.{4,}/g, '…');
      const limit = formatMs(options.timeoutMs);
      return { ok: false, detail: `--cluster create did not end within ${limit}: ${last}` };
    }
    throw error;
  }
}

function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-count)
    .join(' | ');
}
