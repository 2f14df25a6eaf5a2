import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** First executable file of this name on PATH; null when there is none. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    );
    if (executable) return path;
  }
  return null;
}
