/** `npm run known-bad`: writes manifests/known-bad of manifests/cluster.yaml and the table of edits. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownBadFiles, knownBadFolder } from './zoo/manifests.ts';

const files = knownBadFiles();
mkdirSync(knownBadFolder, { recursive: true });
for (const name of readdirSync(knownBadFolder)) {
  if (!files.has(name)) rmSync(join(knownBadFolder, name));
}
for (const [name, text] of files) writeFileSync(join(knownBadFolder, name), text);
console.log(`${knownBadFolder}: ${files.size} files`);
