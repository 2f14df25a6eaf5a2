import { formatPath } from '../field-check.ts';
import { checkPort } from './addresses.ts';
import { headerName } from './names.ts';
import {
  checkNotNegative,
  checkRange,
  field,
  given,
  isGiven,
  items,
  numberOf,
  type Part,
  type Problem,
  problem,
  requireText,
} from './part.ts';

const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const hookHandlers = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
/** core/v1 DefaultTerminationGracePeriodSeconds. */
const defaultGraceSeconds = 30;

/** A container's probes (core/v1 validateProbe and its callers). */
export function* checkProbes(container: Part): Iterable<Problem> {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const probe = field(container, name);
    if (!isGiven(probe)) continue;
    yield* checkHandlers(probe, probeHandlers);
    yield* checkNotNegative(
      probe,
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
    );
    const grace = field(probe, 'terminationGracePeriodSeconds');
    if (name === 'readinessProbe') {
      if (isGiven(grace)) yield problem(grace, 'may not be given for a readinessProbe');
      continue;
    }
    yield* checkRange(grace, 1);
    const successes = field(probe, 'successThreshold');
    const count = numberOf(successes) ?? 1;
    if (count > 1) yield problem(successes, `is ${count}, must be 1 for a ${name}`);
  }
}

/** Hooks before and after a container's life. @param graceSeconds the pod's own, if it has one */
export function* checkHooks(container: Part, graceSeconds: number | null): Iterable<Problem> {
  for (const name of ['postStart', 'preStop']) {
    const hook = field(container, 'lifecycle', name);
    if (!isGiven(hook)) continue;
    yield* checkHandlers(hook, hookHandlers);
    const sleep = field(hook, 'sleep');
    const seconds = numberOf(field(sleep, 'seconds'));
    const most = Math.max(1, graceSeconds ?? defaultGraceSeconds);
    if (seconds !== null && (seconds < 0 || seconds > most)) {
      yield problem(
        sleep,
        `is ${seconds} seconds, must be between 0 and terminationGracePeriodSeconds (${most})`,
      );
    }
  }
}

function* checkHandlers(part: Part, names: readonly string[]): Iterable<Problem> {
  const found = given(part, names);
  const [, second] = found;
  if (found.length !== 1) {
    const has = found.map(({ path }) => path.at(-1)).join(' and ') || 'none';
    yield problem(second ?? part, `needs exactly one of ${names.join(', ')}; it has ${has}`);
  }
  const exec = field(part, 'exec');
  if (isGiven(exec) && items(field(exec, 'command')).length === 0) {
    yield problem(field(exec, 'command'), 'is missing');
  }
  for (const name of ['httpGet', 'tcpSocket', 'grpc']) {
    const handler = field(part, name);
    if (!isGiven(handler)) continue;
    yield* checkPort(field(handler, 'port'));
    for (const header of items(field(handler, 'httpHeaders'))) {
      const list = formatPath([...handler.path, 'httpHeaders']);
      yield* requireText(field(header, 'name'), headerName, list);
    }
  }
}
