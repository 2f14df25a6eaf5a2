import { closeSync, openSync, readSync } from 'node:fs';
import { describeError, UsageError } from '../model/errors.ts';

const chunkBytes = 1 << 20;
const newline = 0x0a;

/**
 * Hands every line's value over in order, one at a time: a file of any length in the memory of one
 * line. Empty lines are left out.
 * @throws UsageError with file and line for what is not JSON, or what `take` throws.
 */
export function readNdjson(path: string, take: (value: unknown) => void): void {
  let line = 0;
  const give = (text: string) => {
    line++;
    if (text === '') return;
    try {
      take(JSON.parse(text));
    } catch (cause) {
      throw new UsageError(`not a line that this version can read: ${describeError(cause)}`, {
        position: { file: path, line, column: 1 },
        cause,
      });
    }
  };
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let rest: Buffer[] = [];
  const descriptor = openSync(path, 'r');
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      let from = 0;
      for (
        let at = chunk.indexOf(newline);
        at >= 0 && at < read;
        at = chunk.indexOf(newline, from)
      ) {
        const last = chunk.subarray(from, at);
        give((rest.length === 0 ? last : Buffer.concat([...rest, last])).toString('utf8'));
        rest = [];
        from = at + 1;
      }
      if (from < read) rest.push(Buffer.from(chunk.subarray(from, read)));
    }
    if (rest.length > 0) give(Buffer.concat(rest).toString('utf8'));
  } finally {
    closeSync(descriptor);
  }
}
