/** What the rehearsal was doing when it failed; `namespaces` is what comes before everything else. */
export type RehearsalStep = 'namespaces' | 'mounts' | 'pod' | 'forwarding' | 'link' | 'rules';

/** As much of the machine as the advice depends on. */
export interface HostFacts {
  readonly platform: string;
  /** The tool runs as a plain user. */
  readonly rootless: boolean;
  /** The tool itself runs in a container. */
  readonly container: boolean;
  /** Kernel settings by their path below /proc/sys; null where the kernel has none of that name. */
  readonly sysctl: (path: string) => string | null;
}

const orKind = 'or use `--provider kind`, which needs only Docker';

/**
 * Why the embedded provider cannot run here, for a person, and what to do about it.
 * @param said what the failing program printed
 */
export function explainFailure(
  step: RehearsalStep,
  said: string,
  host: HostFacts,
): { readonly reason: string; readonly remedy: string } {
  const reason = `${what[step]} failed: ${said}`;
  if (step === 'namespaces' && host.rootless) {
    const setting = userNamespaceSetting(host);
    if (setting)
      return { reason: `${reason} (${setting.why})`, remedy: `${setting.remedy}, ${orKind}` };
  }
  if (host.container) {
    return {
      reason: `${reason} (this is a container without the rights for it)`,
      remedy: `Start the container with \`--privileged\` (act: \`--container-options --privileged\`; a GitHub job: \`container: {options: --privileged}\`), ${orKind}`,
    };
  }
  if (host.rootless) return { reason, remedy: `Run as root (\`sudo\`), ${orKind}` };
  const module = step === 'rules' ? 'nf_tables and nft_nat' : step === 'link' ? 'veth' : null;
  return module
    ? { reason, remedy: `The kernel may lack a module: \`sudo modprobe\` ${module}, ${orKind}` }
    : {
        reason,
        remedy: `Something keeps even root from it (seccomp, a security module), ${orKind}`,
      };
}

/** Where namespaces cannot be had at all. */
export function explainPlatform(platform: string): { reason: string; remedy: string } {
  const name = platform === 'darwin' ? 'macOS' : platform === 'win32' ? 'Windows' : platform;
  const docker = platform === 'darwin' ? 'Docker Desktop, Colima or Podman' : 'Docker';
  return {
    reason: `pods are processes in Linux namespaces, and this is ${name}`,
    remedy: `Use \`--provider kind\` with ${docker}: it brings its own Linux`,
  };
}

const what: Readonly<Record<RehearsalStep, string>> = {
  namespaces: 'making namespaces',
  mounts: 'mounting in a namespace',
  pod: "making a pod's namespaces",
  forwarding: 'forwarding between pods',
  link: 'making a link between two namespaces',
  rules: 'loading Service rules (nftables)',
};

/** The kernel's settings that keep plain users from user namespaces. */
function userNamespaceSetting(host: HostFacts): { why: string; remedy: string } | null {
  // Ubuntu 23.10 and later, GitHub's ubuntu-24.04 among them
  if (host.sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      why: 'AppArmor keeps plain users from user namespaces, as Ubuntu 24.04 and its GitHub runners do',
      remedy:
        'Run with `sudo`, or before it `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`',
    };
  }
  if (host.sysctl('kernel/unprivileged_userns_clone') === '0') {
    return {
      why: 'this kernel keeps plain users from user namespaces',
      remedy: 'Run with `sudo`, or before it `sudo sysctl kernel.unprivileged_userns_clone=1`',
    };
  }
  if (host.sysctl('user/max_user_namespaces') === '0') {
    return {
      why: 'the kernel allows no user namespaces',
      remedy: 'Run with `sudo`, or before it `sudo sysctl user.max_user_namespaces=15000`',
    };
  }
  return null;
}
