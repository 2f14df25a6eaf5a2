import { describeError, WriteError } from '../../model/errors.ts';
import { nodeTimeoutElsewhere } from '../setup/node-timeout.ts';
import type { ObservedStage } from '../stage.ts';
import { type RedisServer, redisServers } from '../watch/world.ts';
import { diskFacts, nothingOnDisk } from './disk-facts.ts';
import { hideByPlace } from './secret-places.ts';

/** Takes every pod's nodes.conf, INFO and settings: files for people, an event for the checker. */
export async function takeSnapshots(
  stage: ObservedStage,
  when: 'before' | 'after',
  faultId: string,
): Promise<void> {
  await Promise.all(
    redisServers(stage).map((server) => takeSnapshot(stage, server, when, faultId)),
  );
}

async function takeSnapshot(
  stage: ObservedStage,
  server: RedisServer,
  when: 'before' | 'after',
  faultId: string,
): Promise<void> {
  const base = `nodes/${faultId}-${when}/${server.pod}`;
  const ask = async (...argv: string[]) => {
    const answer = await stage.observer.ask(server.address, argv);
    return answer.ok ? answer.reply : null;
  };
  const config = async (name: string) => {
    const reply = await ask('CONFIG', 'GET', name);
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : null;
  };
  // by place only: the rest is evidence, and is judged
  const keep = (name: string, text: string) =>
    stage.folder.write(`${base}.${name}`, hideByPlace(text));
  const event = {
    kind: 'snapshot',
    stage: when,
    faultId,
    pod: server.pod,
    uid: server.uid,
  } as const;
  try {
    const { asks, disk } = stage.topology.snapshot;
    const [info, said, dir, file, announceIp, nodeTimeout, aof, save] = await Promise.all([
      ask('INFO'),
      Promise.all(asks.map(({ argv }) => ask(...argv))),
      config('dir'),
      disk === null ? null : config(disk.setting),
      config('cluster-announce-ip'),
      config('cluster-node-timeout'),
      config('appendonly'),
      config('save'),
    ]);
    if (typeof info === 'string') keep('info.txt', info);
    for (const [index, { file: name }] of asks.entries()) {
      const text = said[index];
      if (typeof text === 'string') keep(name, text);
    }
    const { text, error } =
      disk === null
        ? { text: null, error: null }
        : await readDisk(stage, server, pathOf(dir, file ?? disk.name));
    if (text !== null && disk !== null) keep(disk.name, text);
    stage.recorder.record({
      ...event,
      ...(text === null ? nothingOnDisk : diskFacts(text)),
      announceIp,
      nodeTimeoutMs:
        nodeTimeout === null
          ? nodeTimeoutElsewhere(stage.setup, await configFile(stage, server, info))
          : Number(nodeTimeout),
      persists: persists(aof, save, typeof info === 'string' ? info : ''),
      error,
    });
  } catch (error) {
    stage.signal.throwIfAborted();
    if (error instanceof WriteError) throw error;
    stage.recorder.record({
      ...event,
      ...nothingOnDisk,
      announceIp: null,
      nodeTimeoutMs: null,
      persists: null,
      error: describeError(error),
    });
  }
}

function pathOf(dir: string | null, file: string): string {
  return file.startsWith('/') ? file : `${dir ?? '/data'}/${file}`;
}

/** By `appendonly` and `save`; where CONFIG is refused INFO still tells of the append-only file. */
export function persists(aof: string | null, save: string | null, info: string): boolean | null {
  if (aof === 'yes' || /^aof_enabled:1\r?$/m.test(info)) return true;
  if (save === null || (aof === null && !/^aof_enabled:0\r?$/m.test(info))) return null;
  return save.trim() !== '';
}

/** The configuration that INFO says the server read; null when it names none, or nobody can read it. */
async function configFile(
  stage: ObservedStage,
  server: RedisServer,
  info: unknown,
): Promise<string | null> {
  const path = typeof info === 'string' ? /^config_file:(\/\S+)/m.exec(info)?.[1] : undefined;
  return path === undefined ? null : (await readDisk(stage, server, path)).text;
}

async function readDisk(
  stage: ObservedStage,
  server: RedisServer,
  path: string,
): Promise<{ text: string | null; error: string | null }> {
  const result = await catFile(stage, server, path);
  return result.exitCode === 0
    ? { text: result.stdout.toString('utf8'), error: null }
    : {
        text: null,
        error: `cat ${path} exited ${result.exitCode}: ${result.stderr.toString('utf8').trim()}`,
      };
}

/** On a busy machine an exec may not get through; what the program says is an answer, whatever it is. */
const catAttempts = 3;

async function catFile(stage: ObservedStage, { pod, container }: RedisServer, path: string) {
  const { provider, signal } = stage;
  for (let attempt = 1; ; attempt++) {
    try {
      return await provider.exec(pod, container, ['cat', path], { timeoutMs: 5000 }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === catAttempts) throw error;
    }
  }
}
