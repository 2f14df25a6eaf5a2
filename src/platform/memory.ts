import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation at the size it has. V8 lets it grow to three times 32 MB on a machine
 * with memory to spare, which a process that waits most of the time has no use for: measured on a
 * default run, 208 MB of resident memory without and 138 MB with it.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
