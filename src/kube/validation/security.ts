import { sysctlName } from './names.ts';
import {
  checkRange,
  checkText,
  field,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  refuseTwice,
  requireText,
  textOf,
} from './part.ts';

const idMost = 2 ** 31 - 1;

/** A pod's securityContext. */
export function* checkPodSecurity(spec: Part): Iterable<Problem> {
  const security = field(spec, 'securityContext');
  yield* checkIds(security, ['runAsUser', 'runAsGroup', 'fsGroup']);
  for (const group of items(field(security, 'supplementalGroups'))) {
    yield* checkRange(group, 0, idMost);
  }
  yield* checkSeccomp(security);
  const sysctls = items(field(security, 'sysctls'));
  for (const sysctl of sysctls) yield* requireText(field(sysctl, 'name'), sysctlName);
  yield* refuseTwice(
    sysctls,
    (sysctl) => textOf(field(sysctl, 'name')).replaceAll('/', '.'),
    (sysctl) => field(sysctl, 'name'),
  );
  const shared = field(spec, 'shareProcessNamespace');
  if (shared.value === true && field(spec, 'hostPID').value === true) {
    const called = [...security.path, 'shareProcessNamespace'].join('.');
    yield problem(shared, 'may not be true with hostPID', called);
  }
}

/** A container's securityContext. */
export function* checkContainerSecurity(container: Part): Iterable<Problem> {
  const security = field(container, 'securityContext');
  yield* checkIds(security, ['runAsUser', 'runAsGroup']);
  yield* checkSeccomp(security);
  if (field(security, 'allowPrivilegeEscalation').value !== false) return;
  if (field(security, 'privileged').value === true) {
    yield problem(security, 'may not have allowPrivilegeEscalation false with privileged');
  }
  for (const capability of items(field(security, 'capabilities', 'add'))) {
    if (capability.value !== 'CAP_SYS_ADMIN') continue;
    yield problem(security, 'may not have allowPrivilegeEscalation false with CAP_SYS_ADMIN');
  }
}

function* checkIds(security: Part, names: readonly string[]): Iterable<Problem> {
  for (const name of names) yield* checkRange(field(security, name), 0, idMost);
}

function* checkSeccomp(security: Part): Iterable<Problem> {
  const profile = field(security, 'seccompProfile');
  if (!isGiven(profile)) return;
  const local = field(profile, 'localhostProfile');
  const isLocal = textOf(field(profile, 'type')) === 'Localhost';
  if (isLocal && !isGiven(local)) yield problem(local, 'is missing for the type Localhost');
  if (!isLocal && isGiven(local)) yield problem(local, 'may be given for the type Localhost only');
  yield* checkText(local, (text) =>
    text.startsWith('/') || text.split('/').includes('..')
      ? 'must be a path below the profiles'
      : null,
  );
}
