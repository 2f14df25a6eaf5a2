import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findProgram, findTools, requiredTools } from './agent/image/tools.ts';
import { inNewNode, isRootless } from './namespaces.ts';
import { explainFailure, explainPlatform, type HostFacts, type RehearsalStep } from './remedy.ts';

export type EmbeddedProbe =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Debian packages that have what is missing; empty when something else is the matter. */
      readonly missing: readonly string[];
      readonly reason: string;
      readonly remedy: string;
    };

const probeTimeoutMs = 5000;

/** Everything that a node does, once and small: mounts, a second namespace, a link, a DNAT rule. */
const rehearsal = `set -e
mount=$0; ip=$1; nft=$2; unshare=$3
trap '[ $? = 0 ] || echo "step $step" >&2' EXIT
step=mounts
"$mount" -t tmpfs tmpfs /run
mkdir -p /run/netns /run/root/usr
"$mount" --rbind -o ro /usr /run/root/usr
step=pod
: > /run/netns/probe
"$unshare" --net=/run/netns/probe --mount --pid --fork true
step=forwarding
echo 1 > /proc/sys/net/ipv4/ip_forward
step=link
"$ip" link add probe0 type veth peer name eth0 netns probe
step=rules
"$nft" -f - <<RULES
table ip probe {
  chain nat { type nat hook prerouting priority dstnat; ip daddr 10.96.0.1 tcp dport 1 dnat ip to numgen random mod 1 map { 0 : 10.244.0.1 . 1 }; }
  chain post { type nat hook postrouting priority srcnat; ip saddr . ip daddr { 10.244.0.1 . 10.244.0.1 } masquerade; }
}
RULES
`;

/**
 * Can this machine run the embedded provider? Missing programs are told at once, without a spawn;
 * then the whole sequence is tried for real (about 50 ms), because kernels differ in too many ways to
 * ask for each.
 */
export async function probeEmbedded(signal: AbortSignal): Promise<EmbeddedProbe> {
  signal.throwIfAborted();
  if (process.platform !== 'linux') {
    const { reason, remedy } = explainPlatform(process.platform);
    return refused([], reason, remedy);
  }
  const missing = missingPackages();
  if (missing.packages.length > 0) {
    const list = missing.packages.join(' ');
    return refused(
      missing.packages,
      `not found on PATH: ${missing.programs.join(', ')}`,
      `Install ${missing.packages.join(', ')} (Debian, Ubuntu: \`sudo apt-get install -y --no-install-recommends ${list}\`)`,
    );
  }
  const failure = await rehearse(signal);
  if (failure === null) return { ok: true };
  const { reason, remedy } = explainFailure(failure.step, failure.said, hostFacts());
  return refused([], reason, remedy);
}

function missingPackages(): { packages: string[]; programs: string[] } {
  const programs: string[] = [];
  const packages = new Set<string>();
  for (const name of findTools().missing) {
    programs.push(name);
    packages.add(requiredTools[name]);
  }
  const servers = ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb'];
  if (servers.every((name) => findProgram(name) === null)) {
    programs.push('redis-server');
    packages.add('redis-tools');
  } else if (['redis-cli', 'valkey-cli'].every((name) => findProgram(name) === null)) {
    programs.push('redis-cli');
    packages.add('redis-tools');
  }
  return { packages: [...packages], programs };
}

interface RehearsalFailure {
  readonly step: RehearsalStep;
  readonly said: string;
}

/** Null when everything worked; else the first failing step and what it said. */
function rehearse(signal: AbortSignal): Promise<RehearsalFailure | null> {
  const { tools } = findTools();
  const [command, args] = inNewNode(tools, rehearsal, [tools.ip, tools.nft, tools.unshare]);
  args[args.indexOf('embedded-node')] = tools.mount; // $0 of the script
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: probeTimeoutMs,
      killSignal: 'SIGKILL',
      cwd: '/',
    });
    const onAbort = () => child.kill('SIGKILL');
    signal.addEventListener('abort', onAbort, { once: true });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', (error) =>
      resolve({ step: 'namespaces', said: `${command}: ${error.message}` }),
    );
    child.on('close', (code, ended) => {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) return reject(signal.reason);
      if (code === 0) return resolve(null);
      const step = /^step (\w+)$/m.exec(stderr)?.[1] as RehearsalStep | undefined;
      const lines = stderr.trim().split('\n');
      const said = lines.filter((line) => !line.startsWith('step ')).slice(0, 3);
      resolve({
        step: step ?? 'namespaces',
        said: said.join('; ').slice(0, 400) || `the rehearsal ended with ${code ?? ended}`,
      });
    });
  });
}

function hostFacts(): HostFacts {
  return {
    platform: process.platform,
    rootless: isRootless(),
    // Docker and Podman leave these files; Kubernetes and others name themselves in the environment
    container:
      ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file)) ||
      process.env.KUBERNETES_SERVICE_HOST !== undefined,
    sysctl: (path) => {
      try {
        return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
      } catch {
        return null;
      }
    },
  };
}

function refused(missing: readonly string[], reason: string, remedy: string): EmbeddedProbe {
  return { ok: false, missing, reason, remedy };
}
