import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Module, SourceTextModule, SyntheticModule } from 'node:vm';

/** A source file with its types blanked out, so that every place is where it was. */
interface Source {
  readonly text: string;
  readonly imports: readonly string[];
}

/**
 * The project's modules in this process, where one file's text can be another: only what imports that
 * file is made anew, so that trying a mutant costs milliseconds and not a start of Node.
 */
export class Modules {
  readonly #sources = new Map<string, Source>();
  readonly #clean = new Map<string, Module>();
  readonly #libraries = new Map<string, Module>();
  readonly #reached = new Map<string, ReadonlySet<string>>();
  readonly #ours: ReadonlyMap<string, object>;
  readonly #timeoutMs: number;

  /** `ours`: libraries that are replaced by what we give. */
  constructor(ours: ReadonlyMap<string, object>, timeoutMs: number) {
    this.#ours = ours;
    this.#timeoutMs = timeoutMs;
  }

  /** Evaluates a file as it is on disk; a second time does nothing. */
  async evaluate(path: string): Promise<void> {
    await this.#evaluate(path, new Map(), undefined);
  }

  /** What evaluates files with another text in place of one file's, all of them with the same one. */
  changed(path: string, text: string): (file: string) => Promise<void> {
    const fresh = new Map<string, Module>([[path, this.#compiled(path, sourceOf(text, path))]]);
    return (file) => this.#evaluate(file, fresh, path);
  }

  async #evaluate(
    path: string,
    fresh: Map<string, Module>,
    changed: string | undefined,
  ): Promise<void> {
    const module = this.#moduleOf(path, fresh, changed);
    if (module.status === 'unlinked') {
      await module.link((specifier, from) => this.#linked(specifier, from, fresh, changed));
    }
    await module.evaluate({ timeout: this.#timeoutMs });
  }

  #moduleOf(path: string, fresh: Map<string, Module>, changed: string | undefined): Module {
    const affected = changed !== undefined && this.reaches(path, changed);
    const known = affected ? fresh : this.#clean;
    let module = known.get(path);
    if (!module) {
      module = this.#compiled(path, this.#source(path));
      known.set(path, module);
    }
    return module;
  }

  async #linked(
    specifier: string,
    from: Module,
    fresh: Map<string, Module>,
    changed: string | undefined,
  ): Promise<Module> {
    if (!specifier.startsWith('.')) return this.#library(specifier);
    return this.#moduleOf(resolve(dirname(from.identifier), specifier), fresh, changed);
  }

  async #library(name: string): Promise<Module> {
    const known = this.#libraries.get(name);
    if (known) return known;
    const exported = new Map(Object.entries(this.#ours.get(name) ?? (await import(name))));
    const module = new SyntheticModule([...exported.keys()], () => {
      for (const [key, value] of exported) module.setExport(key, value);
    });
    this.#libraries.set(name, module);
    return module;
  }

  /** Whether a file imports another, itself or through others. */
  reaches(from: string, to: string): boolean {
    return this.reached(from).has(to);
  }

  /** A file and all that it imports, itself or through others. */
  reached(from: string): ReadonlySet<string> {
    const known = this.#reached.get(from);
    if (known) return known;
    const seen = new Set([from]);
    for (const path of seen) for (const next of this.#source(path).imports) seen.add(next);
    this.#reached.set(from, seen);
    return seen;
  }

  #source(path: string): Source {
    const known = this.#sources.get(path);
    if (known) return known;
    const source = sourceOf(readFileSync(path, 'utf8'), path);
    this.#sources.set(path, source);
    return source;
  }

  #compiled(path: string, { text }: Source): SourceTextModule {
    return new SourceTextModule(text, {
      identifier: path,
      initializeImportMeta(meta) {
        meta.dirname = dirname(path);
        meta.filename = path;
        meta.url = pathToFileURL(path).href;
      },
    });
  }
}

function sourceOf(typed: string, path: string): Source {
  const text = stripTypeScriptTypes(typed);
  const found = text.matchAll(/^\s*(?:import|export)\s[^'";]*?from\s+'(\.[^']+)'/gm);
  return { text, imports: [...found].map(([, name]) => resolve(dirname(path), name ?? '')) };
}
