import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Ends the process with this code, and really ends it. Node joins V8's worker threads on exit; one of
 * them that compiles in the background and finds the heap at its limit waits for the main thread to
 * collect, which then never comes: both wait for ever (github.com/nodejs/node/issues/54918; seen here on
 * Node 24 in 3 of 100 runs of `check`). So no new compile job is begun, and a collection puts the limit
 * out of reach of those under way.
 */
export function exitProcess(code: number): never {
  setFlagsFromString('--no-sparkplug');
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--no-turbofan');
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  process.exit(code);
}
