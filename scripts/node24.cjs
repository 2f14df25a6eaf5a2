'use strict';
// Plain old JavaScript: it must run on Node 20 to bring Node 24.
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { aptGet, openPatience } = require('./apt.cjs');

const root = join(__dirname, '..');
const nodeProgram = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.redis-k8s-chaos-lock');

/** What the embedded provider needs of the system: program → the Debian package that has it. */
const programs = {
  'redis-server': 'redis-tools',
  'redis-cli': 'redis-tools',
  ip: 'iproute2',
  nft: 'nftables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
};

function onPath(name) {
  const path = `${process.env.PATH || ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return path.split(':').some((dir) => dir && existsSync(join(dir, name)));
}

/** redis-tools ships the server's program as redis-check-rdb, which is the server under another name. */
function missingPackages() {
  const missing = new Set();
  for (const [program, pkg] of Object.entries(programs)) {
    const there =
      program === 'redis-server'
        ? ['redis-server', 'valkey-server', 'redis-check-rdb'].some(onPath)
        : program === 'redis-cli'
          ? ['redis-cli', 'valkey-cli'].some(onPath)
          : onPath(program);
    if (!there) missing.add(pkg);
  }
  return [...missing];
}

/** Installs what is missing as root; as a plain user says what to install and exits 3. */
function ensurePackages() {
  if (process.platform !== 'linux') return;
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isRoot = process.getuid && process.getuid() === 0;
  if (!isRoot || !onPath('apt-get')) {
    console.error(
      `redis-k8s-chaos: the embedded provider needs ${missing.join(', ')}, which this machine lacks.\n` +
        `  As root: ${command}\n` +
        '  Or, with Docker: npm start -- --provider kind',
    );
    process.exit(3);
  }
  console.error(`installing ${missing.join(' ')}`);
  const patience = openPatience();
  const install = () =>
    aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing], patience);
  let result = install();
  if (result.status !== 0) {
    aptGet(['update', '-qq'], patience);
    result = install();
  }
  if (result.status !== 0) {
    console.error(
      `redis-k8s-chaos: ${command} failed: ${String(result.stderr).trim().slice(-800)}`,
    );
    process.exit(3);
  }
}

/** npm packages, Node 24 among them, when they are missing or older than the lock file. */
function ensureNodeModules() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(nodeProgram) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.error('installing npm packages (Node 24 among them)');
  const result = spawnSync(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (result.status !== 0 || !existsSync(nodeProgram)) {
    console.error('redis-k8s-chaos: npm ci failed; the lines above say why');
    process.exit(3);
  }
  writeFileSync(stamp, lock);
}

/** Runs a script of ours on Node 24 and ends as it ends; signals reach it through the terminal or here. */
function runOnNode24(args) {
  const path = `${join(root, 'node_modules', 'node', 'bin')}:${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  // What Node compiles of some 400 files is kept: a start from the sources takes half the CPU then.
  const compiled = join(root, 'node_modules', '.cache', 'redis-k8s-chaos');
  const child = spawn(nodeProgram, args, {
    cwd: process.cwd(),
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, PATH: path },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => forward(child, signal));
  child.on('error', (error) => {
    console.error(`redis-k8s-chaos: cannot start ${nodeProgram}: ${error.message}`);
    process.exit(3);
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code;
  });
}

// A terminal sends Ctrl-C to the whole group; a second copy would read as "interrupt harder".
function forward(child, signal) {
  if (process.stdin.isTTY && signal === 'SIGINT') return;
  child.kill(signal);
}

module.exports = { ensureNodeModules, ensurePackages, missingPackages, root, runOnNode24 };
