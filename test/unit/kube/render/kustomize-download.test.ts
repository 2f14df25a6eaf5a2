import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  downloadKustomize,
  kustomizeVersion,
} from '../../../../src/kube/render/kustomize-download.ts';
import { InfrastructureError } from '../../../../src/model/errors.ts';
import { folderOf } from '../manifest-files.ts';

/**
 * Goal: only the archive that is known is unpacked. Method: a release server on loopback; how a
 * download may go wrong is told by test/unit/provider/kind/kind-download.test.ts.
 */
const program = '#!/bin/sh\necho built\n';

interface Release {
  readonly seen: string[];
  readonly download: (known?: string) => Promise<string>;
}

async function release(published: (sum: string, name: string) => string): Promise<Release> {
  const folder = await folderOf({ kustomize: program });
  const tar = spawnSync('tar', ['-czf', '-', '-C', folder, 'kustomize']);
  const sum = createHash('sha256').update(tar.stdout).digest('hex');
  const name = `kustomize_${kustomizeVersion}_linux_amd64.tar.gz`;
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end(request.url?.endsWith('checksums.txt') ? published(sum, name) : tar.stdout);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return {
    seen,
    download: (known = sum) =>
      downloadKustomize({
        folder: join(folder, 'cache'),
        platform: 'linux',
        arch: 'x64',
        log: () => {},
        signal: new AbortController().signal,
        releases: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        known: { linux_amd64: known },
      }),
  };
}

const all = (sum: string, name: string) => `${'0'.repeat(64)}  other.tar.gz\n${sum}  ${name}\n`;

test('the program is taken out of the archive, and fetched once', async () => {
  const { seen, download } = await release(all);
  const path = await download();
  expect(await readFile(path, 'utf8')).toBe(program);
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  const base = `/kustomize%2F${kustomizeVersion}`;
  expect(seen).toEqual([
    `${base}/checksums.txt`,
    `${base}/kustomize_${kustomizeVersion}_linux_amd64.tar.gz`,
  ]);
  expect(await download()).toBe(path);
  expect(seen).toHaveLength(2);
});

test('one that was changed meanwhile is fetched again', async () => {
  const { seen, download } = await release(all);
  const path = await download();
  await writeFile(path, 'something else');
  expect(await readFile(await download(), 'utf8')).toBe(program);
  expect(seen).toHaveLength(4);
});

test('another archive than the one that is known is refused, also when it is published so', async () => {
  const { download } = await release(all);
  const refused = download('a'.repeat(64));
  await expect(refused).rejects.toThrow(InfrastructureError);
  await expect(refused).rejects.toThrow(/but a{64} is known/);
});

test('a list of checksums without this archive is refused', async () => {
  const { download } = await release((sum) => `${sum}  a.tar.gz\n${sum}  b.tar.gz\n`);
  await expect(download()).rejects.toThrow(/holds no SHA-256 of kustomize_/);
});

test('a platform whose checksum is not known is named', async () => {
  const { seen } = await release(all);
  const odd = downloadKustomize({
    folder: '/nonexistent',
    platform: 'sunos',
    arch: 'x64',
    log: () => {},
    signal: new AbortController().signal,
  });
  await expect(odd).rejects.toThrow(/sunos/);
  expect(seen).toEqual([]);
});
