import { join } from 'node:path';
import { runCommand } from './container/command.ts';
import type { Tools } from './image/tools.ts';
import { folders } from './kubelet/node-files.ts';

const batch = 32;

/**
 * Named pipes for containers' output. Node's own pipes are sockets, and a program that opens
 * /dev/stdout (a Redis with `logfile /dev/stdout`) gets ENXIO from a socket. Made in batches: one
 * mkfifo for many is cheaper than one each.
 */
export class FifoPool {
  readonly #tools: Tools;
  #ready: string[] = [];
  #making: Promise<void> | null = null;
  #serial = 0;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async take(): Promise<string> {
    for (;;) {
      const fifo = this.#ready.pop();
      if (fifo !== undefined) return fifo;
      this.#making ??= this.#make().finally(() => {
        this.#making = null;
      });
      await this.#making;
    }
  }

  async #make(): Promise<void> {
    const files = Array.from({ length: batch }, () => join(folders.fifos, String(this.#serial++)));
    await runCommand(this.#tools.mkfifo, ['-m', '600', ...files]);
    this.#ready.push(...files);
  }
}
