import { existsSync } from 'node:fs';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * Builds dist/: `pod.cjs`, which runs inside the cluster, and `index.cjs` with its three stubs, which
 * the Action and the command run. Bundles are minified whole and hold no path of this machine.
 */

const root = resolve(fileURLToPath(import.meta.url), '../..');

/** A ConfigMap holds 1 MiB, and `kubectl apply` keeps a copy in an annotation of 256 KiB. */
export const podBundleLimitBytes = 200 * 1024;

/** What each stub runs; the entries do their work when they are loaded. */
const entries = [
  { stub: 'action.cjs', run: 'runAction', source: 'src/main.ts' },
  { stub: 'post.cjs', run: 'runPost', source: 'src/post.ts' },
  { stub: 'cli.cjs', run: 'runCli', source: 'src/cli.ts' },
] as const;

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
};

/** Writes pod.cjs and returns its size in bytes. @throws Error when it is over the limit. */
export async function buildPod(outDir: string): Promise<number> {
  const outfile = join(outDir, 'pod.cjs');
  await build({
    ...common,
    entryPoints: ['src/pod/main.ts'],
    outfile,
    target: 'node20', // any stock Node image runs it
  });
  const { size } = await stat(outfile);
  if (size > podBundleLimitBytes) {
    throw new Error(`pod.cjs has ${size} bytes; at most ${podBundleLimitBytes} fit a ConfigMap`);
  }
  return size;
}

/** Writes index.cjs, where each entry waits to be loaded, and its stubs. */
export async function buildEntries(outDir: string): Promise<void> {
  const lines = entries.map(
    ({ run, source }) => `export const ${run} = () => import('./${source}');`,
  );
  await build({
    ...common,
    stdin: { contents: lines.join('\n'), resolveDir: root, sourcefile: 'entries.ts', loader: 'ts' },
    outfile: join(outDir, 'index.cjs'),
    target: 'node22.19',
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
    plugins: [withoutHttpClient],
  });
  for (const { stub, run } of entries) {
    await writeFile(join(outDir, stub), stubText(run));
    await chmod(join(outDir, stub), 0o755);
  }
}

/** Plain old JavaScript: a Node of any age has to be able to read the remedy. */
export function stubText(run: string): string {
  return `#!/usr/bin/env node
'use strict';
var version = process.versions.node.split('.');
if (+version[0] < 22 || (+version[0] === 22 && +version[1] < 19)) {
  console.error(
    'redis-k8s-chaos needs Node 24; this is Node ' + process.versions.node + '. ' +
      'Get it from https://nodejs.org, or in a workflow with actions/setup-node and node-version: 24.'
  );
  process.exitCode = 3;
} else {
  require('./index.cjs').${run}();
}
`;
}

/**
 * @actions/core needs its HTTP client only for OIDC tokens, which nothing here asks for; it would
 * bring a second undici of 400 KB.
 */
const withoutHttpClient = leaveOut('@actions/http-client', /^@actions\/http-client/, [
  'HttpClient',
  'BearerCredentialHandler',
]);

/** Puts classes that throw when they are used in the place of the modules that match. */
function leaveOut(what: string, filter: RegExp, names: readonly string[]): Plugin {
  return {
    name: `without ${what}`,
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, () => ({ path: what, namespace: 'left-out' }));
      onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
        contents: `class LeftOut {
  constructor() { throw new Error(${JSON.stringify(`${what}: left out of this bundle`)}); }
}
export { ${names.map((name) => `LeftOut as ${name}`).join(', ')} };`,
      }));
    },
  };
}

if (import.meta.main) {
  const outDir = join(root, 'dist');
  await mkdir(outDir, { recursive: true });
  console.log(`dist/pod.cjs ${await buildPod(outDir)} bytes`);
  if (entries.every(({ source }) => existsSync(join(root, source)))) await buildEntries(outDir);
}
