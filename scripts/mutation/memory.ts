import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import type { Noticed } from './protocol.ts';

interface Remembered {
  readonly noticed: Noticed;
  readonly digest: string;
}

/**
 * What earlier runs found. A mutant that a test noticed is noticed for as long as neither the sources,
 * nor what the tests share, nor that test's file changed; what survived is always tried again.
 */
export class Memory {
  readonly #path = join(tmpdir(), 'redis-k8s-chaos-mutation.json');
  readonly #root: string;
  readonly #found: Map<string, Remembered>;
  readonly #shared: string;
  readonly #digests = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '[]';
    this.#found = new Map(JSON.parse(text) as [string, Remembered][]);
    const tests = 'test/unit/checker';
    const shared = [
      ...filesBelow(root, 'src'),
      ...filesBelow(root, tests).filter((name) => !name.endsWith('.test.ts')),
      ...['modules', 'mutants', 'suite', 'worker'].map((name) => `scripts/mutation/${name}.ts`),
    ];
    this.#shared = digestOf(shared.map((name) => name + readFileSync(join(root, name), 'utf8')));
  }

  of(mutant: Mutant): Noticed | null {
    const known = this.#found.get(keyOf(mutant));
    return known && known.digest === this.#digest(known.noticed.file) ? known.noticed : null;
  }

  keep(mutant: Mutant, noticed: Noticed): void {
    this.#found.set(keyOf(mutant), { noticed, digest: this.#digest(noticed.file) });
  }

  save(): void {
    writeFileSync(this.#path, JSON.stringify([...this.#found]));
  }

  /** Of all that a noticed mutant depends on. */
  #digest(file: string): string {
    const known = this.#digests.get(file);
    if (known) return known;
    // Out of memory names no file: it was in one of them.
    const text = file === '' ? '' : readFileSync(join(this.#root, file), 'utf8');
    const digest = digestOf([this.#shared, text]);
    this.#digests.set(file, digest);
    return digest;
  }
}

function keyOf({ file, offset, from, to }: Mutant): string {
  return JSON.stringify([file, offset, from, to]);
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
