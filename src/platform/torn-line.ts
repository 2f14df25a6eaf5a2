import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

const chunkBytes = 64 * 1024;
const newline = 0x0a;

/** Cuts off what follows a file's last line end: the part of a line that a full disk left. */
export function cutTornLine(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    const whole = afterLastNewline(descriptor, size);
    if (whole < size) ftruncateSync(descriptor, whole);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Adds JSON lines to a file that ends with a whole line; all of them or, where there is no room, none.
 * @throws what the file system says when there is none
 */
export function appendAfterLastLine(path: string, lines: readonly unknown[]): void {
  const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const descriptor = openSync(path, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    try {
      for (let written = 0; written < text.length; ) {
        written += writeSync(descriptor, text, written, text.length - written, size + written);
      }
    } catch (error) {
      ftruncateSync(descriptor, size);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes up to and with the last line end; 0 without one. */
function afterLastNewline(descriptor: number, size: number): number {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - chunkBytes);
    const read = readSync(descriptor, chunk, 0, end - from, from);
    const at = chunk.subarray(0, read).lastIndexOf(newline);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}
