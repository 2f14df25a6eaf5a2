import { describeError, UsageError } from '../model/errors.ts';
import { exitCodes } from '../model/verdict.ts';
import { exitProcess } from '../platform/exit.ts';
import { startExporter } from './exporter.ts';
import { startHitCounter } from './hit-counter.ts';
import type { HttpService } from './http.ts';
import { startObserver } from './observer.ts';
import { startRoleLabeller } from './role-labeller.ts';

/** What runs inside the cluster: `node pod.cjs hit-counter|observer|role-labeller|exporter`. Ends with 0 on SIGTERM. */
const programs: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<HttpService>>> = {
  'hit-counter': startHitCounter,
  observer: startObserver,
  'role-labeller': (env) => startRoleLabeller(env),
  exporter: (env) => startExporter(env),
};

/** A Service goes on sending for about so long after SIGTERM; then a second for what is in flight. */
const lameDuckMs = 400;
const graceMs = 1000;

async function main(name: string | undefined): Promise<void> {
  const start = programs[name ?? ''];
  if (!start) {
    throw new UsageError(`usage: node pod.cjs ${Object.keys(programs).join('|')}`);
  }
  const service = await start(process.env);
  console.log(`${name} listens on port ${service.port}`);
  const stop = () => {
    void service.stop(lameDuckMs, graceMs).then(() => exitProcess(exitCodes.pass));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main(process.argv[2]).catch((error) => {
  console.error(describeError(error));
  exitProcess(error instanceof UsageError ? exitCodes.usage : exitCodes.error);
});
