import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { WriteError } from '../model/errors.ts';
import { appendAfterLastLine, cutTornLine } from './torn-line.ts';

/**
 * Appends JSON lines to a file. Nothing of it throws: lines come from timers and streams, where an
 * error would end the process with nothing healed. The first failure is told once, to `onFailure`.
 */
export interface NdjsonWriter {
  write(line: unknown): void;
  /**
   * Resolves when the file is closed and ends with a whole line. `last` are lines that matter most to
   * who reads a file that was cut short: they are tried again, where there is room by now.
   */
  close(last?: readonly unknown[]): Promise<void>;
}

export function openNdjson(path: string, onFailure: (error: WriteError) => void): NdjsonWriter {
  const stream: WriteStream = createWriteStream(path, { flags: 'w', highWaterMark: 1 << 18 });
  let failed = false;
  const fail = (cause: unknown) => {
    if (failed) return;
    failed = true;
    onFailure(new WriteError(path, cause));
  };
  stream.on('error', fail);
  return {
    write(line) {
      if (!failed) stream.write(`${JSON.stringify(line)}\n`);
    },
    async close(last = []) {
      if (!failed) {
        const closed = once(stream, 'close');
        stream.end();
        await closed.catch(fail);
      }
      if (!failed) return;
      stream.destroy();
      if (!stream.closed) await once(stream, 'close').catch(() => {});
      try {
        if (!existsSync(path)) return;
        cutTornLine(path);
        if (last.length > 0) appendAfterLastLine(path, last);
      } catch {
        // it was told already that this file cannot be written
      }
    },
  };
}
