'use strict';
// Plain old JavaScript: it runs on Node 20, before there is a Node 24.
const { spawnSync } = require('node:child_process');

/** So long another apt may take: a machine's first boot installs updates of its own. */
const defaultWaitMs = 120_000;
const defaultEveryMs = 1000;

/** What apt says of the locks of dpkg, of the lists and of the archives (apt-pkg/contrib/fileutl.cc). */
const locked = /Could not get lock|Unable to lock|Unable to acquire the dpkg frontend lock/;

/**
 * Runs apt-get; while another one holds a lock, waits for that and says so. The wait is shared by all
 * calls with the same `patience`. Returns spawnSync's result; when the wait is over, apt's own last words.
 */
function aptGet(args, patience) {
  // its words are read, so in English
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (;;) {
    const result = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const words = String(result.stderr ?? '');
    if (result.status === 0 || !locked.test(words)) return result;
    const leftMs = patience.deadlineMs - Date.now();
    if (leftMs <= 0) return result;
    if (!patience.said) {
      patience.said = true;
      const why = words.split('\n').find((line) => locked.test(line)) ?? '';
      patience.say(
        `another apt is at work (${why.replace(/^E:\s*/, '').trim()}); waiting for it, ${Math.ceil(leftMs / 1000)} s at most`,
      );
    }
    pause(Math.min(patience.everyMs, leftMs));
  }
}

/** One allowance of waiting, counted from now. */
function openPatience(options = {}) {
  return {
    deadlineMs: Date.now() + (options.waitMs ?? defaultWaitMs),
    everyMs: options.everyMs ?? defaultEveryMs,
    say: options.say ?? ((text) => console.error(text)),
    said: false,
  };
}

/** Nothing else goes on in this process: it may stand still. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

module.exports = { aptGet, openPatience };
