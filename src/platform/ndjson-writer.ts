import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { WriteError } from '../model/errors.ts';
import { appendAfterLastLine, cutTornLine } from './torn-line.ts';

/**
 * Appends JSON lines to a file, those of a tenth of a second in one write: each is a task for another
 * thread, and handing it over costs more than making the line. Nothing of it throws: lines come from timers and streams, where an
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

const gatherMs = 100;
const gatherChars = 1 << 18;

export function openNdjson(path: string, onFailure: (error: WriteError) => void): NdjsonWriter {
  const stream: WriteStream = createWriteStream(path, { flags: 'w', highWaterMark: 1 << 18 });
  let failed = false;
  const fail = (cause: unknown) => {
    if (failed) return;
    failed = true;
    onFailure(new WriteError(path, cause));
  };
  stream.on('error', fail);
  let gathered = '';
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered !== '' && !failed) stream.write(gathered);
    gathered = '';
  };
  return {
    write(line) {
      if (failed) return;
      gathered += `${JSON.stringify(line)}\n`;
      if (gathered.length >= gatherChars) flush();
      else timer ??= setTimeout(flush, gatherMs);
    },
    async close(last = []) {
      flush();
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
