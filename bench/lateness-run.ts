import { keepYoungGenerationSmall } from '../src/platform/memory.ts';
import { measureLateness } from './lateness.ts';

/**
 * `node bench/lateness-run.ts ORIGIN RATE SECONDS DIR [HOLD_UP_MS]`: the generator in a process of its own,
 * as a run has it; prints its lateness as JSON. With the last argument it is held up for so long three
 * times a second: then it must be late, and say so.
 */
const [origin = '', rate, seconds, dir = '', holdUpMs = '0'] = process.argv.slice(2);
keepYoungGenerationSmall();
const holdUp = setInterval(() => {
  const untilMs = performance.now() + Number(holdUpMs);
  while (performance.now() < untilMs);
}, 300);
const run = { origin, ratePerSecond: Number(rate), seconds: Number(seconds), dir };
const lateness = await measureLateness(run);
clearInterval(holdUp);
process.stdout.write(JSON.stringify(lateness));
