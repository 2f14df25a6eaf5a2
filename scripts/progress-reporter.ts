import type { Reporter, TestModule, TestSpecification } from 'vitest/node';
import { clock } from './test-parts.ts';

/** One line whenever a file of tests has ended: how many of how many, since when. */
export default class ProgressReporter implements Reporter {
  #files = 0;
  #ended = 0;
  #startMs = performance.now();

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#files = specifications.length;
    this.#ended = 0;
    this.#startMs = performance.now();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#ended++;
    const since = clock((performance.now() - this.#startMs) / 1000);
    console.log(`[${this.#ended} of ${this.#files} files, ${since}] ${module.relativeModuleId}`);
  }
}
