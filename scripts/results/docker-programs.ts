import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Collects the server, its command line and every library that they load, in the image itself. */
const collect = `set -e
out=/tmp/programs; mkdir -p $out/lib
for name in server cli; do
  file=$(command -v "$FAMILY-$name"); file=$(readlink -f "$file")
  if [ "$(head -c 2 "$file")" = '#!' ]; then
    LD_LIBRARY_PATH=$(sed -n 's/^export LD_LIBRARY_PATH=//p' "$file"); export LD_LIBRARY_PATH
    file=$(readlink -f "$(sed -n 's/^exec \\([^ ]*\\).*/\\1/p' "$file")")
  fi
  ldd "$file" | grep -o '/[^ ]*' | sort -u > /tmp/libraries
  unset LD_LIBRARY_PATH
  while read -r library; do cp -L "$library" $out/lib/; done < /tmp/libraries
  cp -L "$file" "$out/$name.program"
done
tar -C $out -c .
`;

/**
 * Takes the server's programs out of a local image, with their libraries, so that they run on this
 * machine beside others. The container has no network and is gone afterwards.
 * @param folder an empty folder; the programs only work from there
 * @returns the path of the server, for `--image NAME=PATH`
 */
export function programsFrom(image: string, folder: string): string {
  const family = image.includes('valkey') ? 'valkey' : 'redis';
  mkdirSync(folder, { recursive: true });
  const container = ['run', '--rm', '--network', 'none', '--entrypoint', 'sh'];
  const packed = spawnSync(
    'docker',
    [...container, '-e', `FAMILY=${family}`, image, '-c', collect],
    { maxBuffer: 1 << 28, timeout: 60_000 },
  );
  if (packed.status !== 0) throw new Error(`${image}: ${packed.stderr}${packed.error ?? ''}`);
  const unpacked = spawnSync('tar', ['-C', folder, '-x'], { input: packed.stdout });
  if (unpacked.status !== 0) throw new Error(`tar: ${unpacked.stderr}`);
  for (const name of ['server', 'cli']) {
    // argv[0] goes through: the server is also the sentinel and the checkers by it
    const script = `#!/bin/sh
here='${folder}'
for loader in "$here"/lib/ld-linux* "$here"/lib/ld64*; do [ -e "$loader" ] && break; done
exec "$loader" --argv0 "$0" --library-path "$here/lib" "$here/${name}.program" "$@"
`;
    writeFileSync(join(folder, `${family}-${name}`), script, { mode: 0o755 });
  }
  return join(folder, `${family}-server`);
}
