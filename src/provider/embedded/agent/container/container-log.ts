import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

/** A container may write this much; then the log says so and stops. */
const limitBytes = 64 * 1024 * 1024;

/**
 * One container instance's output, stdout and stderr in the order of writing, each line with the
 * time it came. Kept in a file of the node's tmpfs, not in the heap.
 */
export class ContainerLog {
  readonly #file: string;
  #fd: number | null;
  #partial = '';
  #written = 0;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openSync(file, 'a');
  }

  append(chunk: Buffer): void {
    if (this.#written > limitBytes) return;
    // latin1 keeps every byte as it is: a chunk may end inside a character
    const lines = (this.#partial + chunk.toString('latin1')).split('\n');
    this.#partial = lines.pop() ?? '';
    this.#write(lines.map((line) => `${line}\n`));
    if (this.#written > limitBytes) this.#write([`(log cut off at ${limitBytes} bytes)\n`]);
  }

  /** The instance has ended: a last line without a newline counts too. */
  end(): void {
    if (this.#fd === null) return;
    if (this.#partial !== '') this.#write([this.#partial]);
    this.#partial = '';
    closeSync(this.#fd);
    this.#fd = null;
  }

  /** Nobody will ask for it any more. */
  remove(): void {
    this.end();
    rmSync(this.#file, { force: true });
  }

  text(options: { readonly timestamps: boolean }): string {
    const lines = readFileSync(this.#file, 'latin1').split(/(?<=\n)/);
    const shown = options.timestamps ? lines : lines.map((line) => line.slice(stampLength));
    return Buffer.from(shown.join('') + this.#partial, 'latin1').toString('utf8');
  }

  #write(lines: readonly string[]): void {
    if (lines.length === 0 || this.#fd === null) return;
    const stamp = `${new Date(performance.timeOrigin + performance.now()).toISOString().slice(0, -1)}000000Z `;
    const bytes = Buffer.from(lines.map((line) => stamp + line).join(''), 'latin1');
    this.#written += bytes.length;
    writeSync(this.#fd, bytes);
  }
}

const stampLength = '2025-01-01T00:00:00.000000000Z '.length;
