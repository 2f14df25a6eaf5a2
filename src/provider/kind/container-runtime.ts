import { InfrastructureError } from '../../model/errors.ts';
import { runOrThrow, runProcess } from '../../platform/process.ts';

/** The program that runs kind's node containers. */
export interface ContainerRuntime {
  readonly program: 'docker' | 'podman';
  readonly version: string;
  /**
   * True when addresses of the container network can be expected to be reachable from this host:
   * not on macOS or Windows, in Docker Desktop's machine, rootless, or on a remote host.
   */
  readonly direct: boolean;
}

const infoFormat = '{{.ServerVersion}}\n{{.OperatingSystem}}\n{{json .SecurityOptions}}';
const probeTimeoutMs = 10_000;

/**
 * Finds Docker, else Podman, and asks whether it answers. `KIND_EXPERIMENTAL_PROVIDER` (kind's own
 * variable) decides where it is set.
 * @throws InfrastructureError with the next step.
 */
export async function findContainerRuntime(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ContainerRuntime> {
  const wanted = env.KIND_EXPERIMENTAL_PROVIDER;
  const programs = wanted === 'podman' ? ['podman'] : wanted === 'docker' ? ['docker'] : null;
  const failures: string[] = [];
  for (const program of programs ?? ['docker', 'podman']) {
    const found =
      program === 'docker' ? await askDocker(signal, env) : await askPodman(signal, env);
    if (typeof found !== 'string') return found;
    failures.push(found);
  }
  throw new InfrastructureError(
    `kind needs Docker or Podman: ${failures.join('; ')}. ${remedy(failures)}`,
  );
}

async function askDocker(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<ContainerRuntime | string> {
  const answer = await ask('docker', ['info', '--format', infoFormat], signal, env);
  if (typeof answer === 'string') return answer;
  const [version = '', system = '', security = ''] = answer.stdout.split('\n');
  if (answer.exitCode !== 0 || version === '') return `docker does not answer: ${answer.stderr}`;
  const remote = /^(tcp|ssh|http)/.test(env.DOCKER_HOST ?? '');
  const desktop = /Docker Desktop/i.test(system) || process.platform !== 'linux';
  const direct = !remote && !desktop && !security.includes('rootless');
  return { program: 'docker', version, direct };
}

async function askPodman(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<ContainerRuntime | string> {
  const answer = await ask('podman', ['info', '--format', 'json'], signal, env);
  if (typeof answer === 'string') return answer;
  if (answer.exitCode !== 0) return `podman does not answer: ${answer.stderr}`;
  const info = JSON.parse(answer.stdout) as {
    host?: { security?: { rootless?: boolean }; serviceIsRemote?: boolean };
    version?: { Version?: string };
  };
  const rootless = info.host?.security?.rootless ?? true;
  const direct = process.platform === 'linux' && !rootless && info.host?.serviceIsRemote !== true;
  return { program: 'podman', version: info.version?.Version ?? 'unknown', direct };
}

async function ask(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode: number; stdout: string; stderr: string } | string> {
  try {
    const done = await runProcess(program, args, { timeoutMs: probeTimeoutMs, signal, env });
    const stderr = done.stderr.toString('utf8').trim().slice(0, 400);
    return { exitCode: done.exitCode, stdout: done.stdout.toString('utf8'), stderr };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const { code } = (error.cause ?? {}) as { code?: string };
    return code === 'ENOENT' ? `${program} is not installed` : error.message;
  }
}

function remedy(failures: readonly string[]): string {
  if (failures.some((one) => /permission denied/i.test(one))) {
    return 'Add this user to the docker group (then log in again), or run as root; or use --provider embedded';
  }
  const start = failures.some((one) => one.startsWith('docker does not answer'));
  return start
    ? 'Start it (`systemctl start docker`, or DOCKER_HOST may point elsewhere), or use --provider embedded'
    : 'Install one (Debian, Ubuntu: `apt-get install docker.io`) and start it, or use --provider embedded';
}

export interface NodeContainer {
  readonly id: string;
  readonly name: string;
}

/** A kind cluster's node containers, stopped ones included; empty when there is no such cluster. */
export async function nodeContainers(
  program: string,
  clusterName: string,
  signal: AbortSignal,
): Promise<NodeContainer[]> {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  const { stdout } = await runOrThrow(
    program,
    ['ps', '--all', '--no-trunc', '--filter', filter, '--format', '{{.ID}} {{.Names}}'],
    { timeoutMs: 20_000, signal },
  );
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [id = '', name = ''] = line.split(' ');
    return { id, name };
  });
}
