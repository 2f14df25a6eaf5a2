import { UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { numberOn } from '../../workload/http-answer.ts';
import { ownPattern } from '../../workload/http-target.ts';
import { countingNumber } from '../../workload/page-number.ts';
import { portsToTry, portText, type ServicePort } from '../setup/service-ports.ts';
import { NothingToCount, type ObservedStage } from '../stage.ts';
import { isNear, keyOfPage, readCounters, readNumber } from './counter-keys.ts';
import { getPage, shortText } from './page-answer.ts';

/** Where the load goes, and what it reads there. */
export interface Page {
  readonly origin: string;
  readonly port: ServicePort | null;
  readonly path: string;
  readonly pattern: RegExp;
  /** What it counts under. */
  readonly key: string;
}

/** An app whose pods are ready may still have to connect to Redis. */
const patienceMs = 20_000;
const againMs = 500;
/** A page that is cached for up to so long is still seen to grow. */
const growMs = 5000;
const hitEveryMs = 50;
/** Looks at a page whose number is not known yet. */
const looks = 5;

type Tried = Page | { readonly why: string; readonly lasting: boolean };

/**
 * The user's page, by its port, path, number and key, each as the plan names it or as it is found: a
 * number that grows when it is hit, and the key that grows with it. Hits it some times.
 * @throws UsageError when an answering page cannot be counted on, with the flags that would name it.
 * @throws NothingToCount when no page came at all.
 */
export async function findPage(stage: ObservedStage, service: KubeObject): Promise<Page> {
  const { plan, clock, signal, progress } = stage;
  const { name } = service.metadata;
  const ports = portsToTry(service, plan.load.port);
  const startUs = clock.nowUs();
  for (;;) {
    const failures: { readonly text: string; readonly lasting: boolean }[] = [];
    for (const port of ports) {
      const tried = await tryPort(stage, name, port);
      if ('origin' in tried) return tried;
      failures.push({ text: `port ${portText(port)} ${tried.why}`, lasting: tried.lasting });
    }
    const seen = failures.map(({ text }) => text).join('; ');
    progress.status(seen);
    const late = (clock.nowUs() - startUs) / 1000 > patienceMs;
    if (failures.every(({ lasting }) => lasting) || late) {
      const what = `Service ${name} has no page to count on: ${seen}`;
      if (failures.some(({ lasting }) => lasting)) {
        throw new UsageError(
          `${what}; name it with --service-port, --path, --pattern and --key (in a plan: workload)`,
        );
      }
      throw new NothingToCount(what);
    }
    await clock.sleep(againMs, signal);
  }
}

async function tryPort(stage: ObservedStage, service: string, port: ServicePort): Promise<Tried> {
  const { plan, provider, signal } = stage;
  const { host, port: at } = await provider.endpoint(service, signal, port.port);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${at}`;
  const wanted = plan.load.path ?? '/';
  const first = await getPage(origin, wanted, signal);
  if (first.kind !== 'page') {
    return { why: `at ${wanted} ${first.what}`, lasting: first.kind === 'no-page' };
  }
  const { path } = first;
  const pattern = await patternOf(stage, origin, path, first.body);
  if (typeof pattern === 'string') return { why: `at ${path} ${pattern}`, lasting: true };
  const key = await keyOf(stage, { origin, path, pattern });
  return 'why' in key
    ? { why: `at ${path} ${key.why}`, lasting: true }
    : { origin, port, path, pattern, key: key.key };
}

/** The plan's pattern, our own app's where it fits, or one that the growing number gives; else why not. */
async function patternOf(
  stage: ObservedStage,
  origin: string,
  path: string,
  body: string,
): Promise<RegExp | string> {
  const { pattern } = stage.setup.app;
  if (numberOn(body, pattern) !== null) return pattern;
  const shown = `shows ${shortText(body)}`;
  if (stage.plan.load.pattern !== null) {
    return `${shown}, where --pattern ${stage.plan.load.pattern} finds no number`;
  }
  const bodies = [body];
  for (let look = 1; look < looks; look++) {
    const answer = await getPage(origin, path, stage.signal);
    if (answer.kind === 'page') bodies.push(answer.body);
  }
  const number = countingNumber(bodies);
  if (number.found === 'one') {
    stage.progress.say(`the number on the page: ${number.pattern}`);
    return new RegExp(number.pattern);
  }
  return number.found === 'none'
    ? `${shown}, where no number grows with the hits`
    : `${shown}, where several numbers grow: one of --pattern ${number.patterns.map((text) => `'${text}'`).join(' or ')}`;
}

/** The key that grows with the page: the named one, `hits`, else any of the set-up's counters. */
async function keyOf(
  stage: ObservedStage,
  page: Pick<Page, 'origin' | 'path' | 'pattern'>,
): Promise<{ readonly key: string } | { readonly why: string }> {
  const named = stage.plan.load.key;
  const first = named ?? 'hits';
  const before = await readNumber(stage, first);
  const seen = await hitUntilGrown(stage, page);
  if (!seen.grown) return { why: `shows the number ${seen.value}, which no hit makes grow` };
  const after = await readNumber(stage, first);
  if (after !== null && after > (before ?? 0) && isNear(after, seen)) return { key: first };
  if (named !== null) {
    return {
      why: `shows ${seen.value}, and key ${named} went from ${before ?? 'no number'} to ${after ?? 'no number'}`,
    };
  }
  const all = await readCounters(stage);
  if (all === null)
    return { why: 'counts under a key that is not hits, of too many to look through' };
  const again = await hitUntilGrown(stage, page);
  const key = keyOfPage(all, (await readCounters(stage)) ?? new Map(), again);
  return key === null
    ? { why: `shows ${again.value}, and no key of the servers holds that number` }
    : { key };
}

interface Hits {
  readonly value: number;
  readonly hits: number;
  readonly grown: boolean;
}

async function hitUntilGrown(
  { clock, signal }: ObservedStage,
  { origin, path, pattern }: Pick<Page, 'origin' | 'path' | 'pattern'>,
): Promise<Hits> {
  const startUs = clock.nowUs();
  const values: number[] = [];
  for (let hits = 1; ; hits++) {
    const answer = await getPage(origin, path, signal);
    const value = answer.kind === 'page' ? numberOn(answer.body, pattern) : null;
    if (value !== null) values.push(value);
    const [first = 0] = values;
    const grown = values.length > 2 && (values.at(-1) ?? 0) > first;
    if (grown || (clock.nowUs() - startUs) / 1000 > growMs) {
      return { value: values.at(-1) ?? 0, hits, grown };
    }
    await clock.sleep(hitEveryMs, signal);
  }
}

/** Our own app's page: nothing has to be found. */
export async function ownPage({ setup, provider, signal }: ObservedStage): Promise<Page> {
  const { host, port } = await provider.endpoint(setup.app.service, signal);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { origin, port: null, path: '/', pattern: ownPattern, key: 'hits' };
}
