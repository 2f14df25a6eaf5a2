import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { InfrastructureError } from '../model/errors.ts';

/** Appends JSON lines to a file; a full disk surfaces at the next write or at `close`. */
export interface NdjsonWriter {
  write(line: unknown): void;
  close(): Promise<void>;
}

export function openNdjson(
  path: string,
  redact: (line: string) => string = (line) => line,
): NdjsonWriter {
  const stream: WriteStream = createWriteStream(path, { flags: 'w', highWaterMark: 1 << 18 });
  let failure: Error | null = null;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    write(line) {
      if (failure) throw new InfrastructureError(`cannot write ${path}`, { cause: failure });
      stream.write(`${redact(JSON.stringify(line))}\n`);
    },
    async close() {
      if (!failure) {
        stream.end();
        await Promise.race([once(stream, 'close'), once(stream, 'error')]).catch((error: Error) => {
          failure ??= error;
        });
      }
      if (failure) throw new InfrastructureError(`cannot write ${path}`, { cause: failure });
    },
  };
}
