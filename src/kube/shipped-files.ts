import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InfrastructureError } from '../model/errors.ts';
import { readTextOrNull } from '../platform/files.ts';

/**
 * The project's own folder: it holds `manifests/` and `dist/`. The sources run from `src/`, the bundle
 * (CommonJS, so it has `__dirname` and no import.meta) from `dist/`; both are below it.
 */
export function projectFolder(): string {
  const start = typeof __dirname === 'string' ? __dirname : import.meta.dirname;
  let folder = start;
  while (!existsSync(join(folder, 'manifests', 'cluster.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new InfrastructureError(
        `cannot find the shipped manifests: no folder above ${start} has manifests/cluster.yaml; the installation is not complete`,
      );
    }
    folder = parent;
  }
  return folder;
}

/** Text of `manifests/NAME.yaml`; null when there is none of that name. */
export function readShipped(name: string): Promise<string | null> {
  return readTextOrNull(join(projectFolder(), 'manifests', `${name}.yaml`));
}

/** The program of the hit-counter and the observer, one bundled file. */
export async function readPodBundle(): Promise<string> {
  const path = join(projectFolder(), 'dist', 'pod.cjs');
  const text = await readTextOrNull(path);
  if (text === null) {
    throw new InfrastructureError(`${path} is missing; make it with: npm run build`);
  }
  return text;
}
