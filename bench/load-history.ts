import { createWriteStream } from 'node:fs';
import { type NdjsonWriter, openNdjson } from '../src/platform/ndjson-writer.ts';

export type HistoryName = 'product' | 'turn' | 'none';

/** The product's writer, a write a tenth of a second; one with a write a turn of the event loop; nothing. */
export const histories: Readonly<Record<HistoryName, (path: string) => NdjsonWriter>> = {
  product: (path) =>
    openNdjson(path, (error) => {
      throw error;
    }),
  turn: writeEachTurn,
  none: () => ({ write: () => {}, close: async () => {} }),
};

function writeEachTurn(path: string): NdjsonWriter {
  const stream = createWriteStream(path, { highWaterMark: 1 << 18 });
  let pending = '';
  const flush = () => {
    if (pending !== '') stream.write(pending);
    pending = '';
  };
  return {
    write(line) {
      if (pending === '') setImmediate(flush);
      pending += `${JSON.stringify(line)}\n`;
    },
    close() {
      flush();
      return new Promise((resolve) => stream.end(resolve));
    },
  };
}
