import { ContainerConfigError } from '../container/environment.ts';
import { type Image, imageName } from '../image/images.ts';
import type { Container, Pod } from '../store/pod-objects.ts';

/** Who a container runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Arguments of setpriv(1) that make it so. */
  readonly setpriv: readonly string[];
}

/** What containerd leaves to a container's root, less mknod: there is no device cgroup here. */
const defaultCapabilities = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'audit_write',
  'setfcap',
];

/** Capabilities that a manifest may add; others reach out of the container. */
const grantable = [...defaultCapabilities, 'net_admin', 'ipc_lock', 'sys_nice', 'sys_resource'];

/** Primary groups of the images' users; any other user gets group 0, as in container runtimes. */
const primaryGroups: Readonly<Record<number, number>> = { 999: 999, 998: 998, 1000: 1000, 99: 99 };

/**
 * User, groups and capabilities by the rules of pod and container securityContext.
 * @param user the image's own; kubelet cannot tell whether a name is root's
 * @param rootless one user only: ids stay as they are, capabilities are still dropped
 * @throws ContainerConfigError when runAsNonRoot forbids it, or a capability is out of reach
 */
export function containerCredentials(
  pod: Pod,
  container: Container,
  rootless: boolean,
  user: Image['user'] = null,
): Credentials {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const uid = own.runAsUser ?? shared.runAsUser ?? user?.uid ?? 0;
  const gid = own.runAsGroup ?? shared.runAsGroup ?? primaryGroups[uid] ?? 0;
  const mustBeOther = own.runAsNonRoot ?? shared.runAsNonRoot;
  if (mustBeOther && user !== null && (own.runAsUser ?? shared.runAsUser) === undefined) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${user.name}), cannot verify user is non-root`,
    );
  }
  if (mustBeOther && uid === 0) {
    throw new ContainerConfigError(
      own.runAsUser === 0 || shared.runAsUser === 0
        ? "container's runAsUser breaks non-root policy"
        : `container has runAsNonRoot and image ${imageName(container.image)} will run as root`,
    );
  }
  const groups = [
    ...new Set([
      ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
      ...(shared.supplementalGroups ?? []),
    ]),
  ];
  const capabilities = capabilitiesOf(container);
  const bounding = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const setpriv = [`--bounding-set=${bounding}`, '--inh-caps=-all'];
  if (own.allowPrivilegeEscalation === false) setpriv.push('--no-new-privs');
  if (rootless) return { uid: 0, gid: 0, setpriv };
  setpriv.push(`--reuid=${uid}`, `--regid=${gid}`);
  setpriv.push(groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups');
  return { uid, gid, setpriv };
}

function capabilitiesOf(container: Container): string[] {
  const names = (list: readonly string[] = []) =>
    list.map((name) => name.toLowerCase().replace(/^cap_/, ''));
  const add = names(container.securityContext?.capabilities?.add);
  const drop = names(container.securityContext?.capabilities?.drop);
  const refused = add.find((name) => !grantable.includes(name));
  if (refused !== undefined) {
    throw new ContainerConfigError(
      `capability ${refused} is not given to containers of the embedded provider; run with --provider kind`,
    );
  }
  const kept = drop.includes('all') ? [] : defaultCapabilities.filter((n) => !drop.includes(n));
  return [...new Set([...kept, ...add])];
}
