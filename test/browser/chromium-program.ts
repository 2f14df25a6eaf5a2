import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a Chromium is that the system brought; null: there is none. */
export function chromiumProgram(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  for (const dir of (process.env.PATH ?? '').split(':')) {
    for (const name of names) if (existsSync(join(dir, name))) return join(dir, name);
  }
  return null;
}
