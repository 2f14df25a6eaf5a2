import { exitCodes } from '../model/verdict.ts';
import { runProcess } from '../platform/process.ts';
import { probeEmbedded } from '../provider/embedded/probe.ts';

interface Diagnosis {
  readonly provider: 'embedded' | 'kind';
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

/** `doctor`: tries what each provider needs, for real, and says how to get what is missing. */
export async function doctorCommand(
  output: { readonly json: boolean },
  signal: AbortSignal,
): Promise<number> {
  const diagnoses = [await diagnoseEmbedded(signal), await diagnoseKind(signal)];
  if (output.json) {
    process.stdout.write(`${JSON.stringify({ node: process.version, diagnoses }, null, 2)}\n`);
  } else {
    process.stdout.write(`Node ${process.version} on ${process.platform}\n`);
    for (const { provider, ok, detail, remedy } of diagnoses) {
      process.stdout.write(`${ok ? 'ok     ' : 'missing'} ${provider}: ${detail}\n`);
      if (remedy !== null) process.stdout.write(`        ${remedy}\n`);
    }
  }
  return diagnoses.some(({ ok }) => ok) ? exitCodes.pass : exitCodes.error;
}

async function diagnoseEmbedded(signal: AbortSignal): Promise<Diagnosis> {
  const probe = await probeEmbedded(signal);
  return probe.ok
    ? {
        provider: 'embedded',
        ok: true,
        detail: 'namespaces, links, rules and mounts work',
        remedy: null,
      }
    : { provider: 'embedded', ok: false, detail: probe.reason, remedy: probe.remedy };
}

async function diagnoseKind(signal: AbortSignal): Promise<Diagnosis> {
  const engines = await Promise.all(
    ['docker', 'podman'].map(async (engine) => ({
      engine,
      error: await answers(engine, ['info'], signal),
    })),
  );
  const working = engines.find(({ error }) => error === null);
  if (!working) {
    return {
      provider: 'kind',
      ok: false,
      detail: engines.map(({ engine, error }) => `${engine}: ${error}`).join('; '),
      remedy: 'Start Docker (or Podman): kind runs the cluster in its containers.',
    };
  }
  const kind = await answers('kind', ['version'], signal);
  const detail =
    kind === null ? 'kind is on PATH' : 'kind is not on PATH; the pinned version is downloaded';
  return {
    provider: 'kind',
    ok: true,
    detail: `${working.engine} answers; ${detail}`,
    remedy: null,
  };
}

/** Null when it ran and exited 0; else why not, in a line. */
async function answers(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const result = await runProcess(command, args, { timeoutMs: 5000, signal });
    if (result.exitCode === 0) return null;
    return result.stderr.toString('utf8').trim().split('\n')[0] || `exit code ${result.exitCode}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
