import { basename } from 'node:path';
import { InfrastructureError, UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { pathKind, readTextOrNull } from '../../platform/files.ts';
import { findOnPath } from '../../platform/find-on-path.ts';
import { runProcess } from '../../platform/process.ts';
import { parseManifests, refuseDuplicates } from '../manifest-text.ts';
import { validateManifests } from '../validate.ts';
import { byHooks } from './chart-hooks.ts';
import type { ProgramSearch } from './kustomize-program.ts';

/** A user's Helm chart, as the plan gives it. */
export interface Chart {
  /** Folder, or packed `.tgz`. */
  readonly path: string;
  readonly values: readonly string[];
  /** `KEY=VALUE`, as Helm's own `--set`. */
  readonly set: readonly string[];
  readonly namespace: string;
}

export interface RenderedChart {
  readonly objects: readonly KubeObject[];
  /** One line each, for people: which objects of the chart are not applied, and why. */
  readonly remarks: readonly string[];
}

const renderTimeoutMs = 180_000;

/**
 * Renders a chart with helm from PATH, as `helm install NAME CHART` would apply it: custom resource
 * definitions first, then the hooks before the installation, the objects, and the hooks after it. Positions of
 * its objects are those in what was rendered: run the command to see it.
 * @throws UsageError with helm's words, and the values file that they name; exit 64.
 * InfrastructureError without helm on PATH, or when it does not end.
 */
export async function renderChart(
  chart: Chart,
  search: Partial<ProgramSearch> = {},
): Promise<RenderedChart> {
  const { env = process.env, signal = new AbortController().signal } = search;
  if (/^[a-z+]+:\/\//.test(chart.path)) {
    throw new UsageError(
      `chart ${chart.path}: a URL is not fetched; \`helm pull --untar\` it and give the folder`,
    );
  }
  await refuseMissing(chart);
  const helm = await findOnPath('helm', env);
  const name = releaseName(chart.path);
  const args = [
    ...['template', name, chart.path, '--namespace', chart.namespace, '--include-crds'],
    ...chart.values.flatMap((file) => ['--values', file]),
    ...chart.set.flatMap((pair) => ['--set', pair]),
  ];
  if (helm === null) {
    throw new InfrastructureError(
      `chart ${chart.path}: helm is not on PATH; install it (https://helm.sh/docs/intro/install), or render the chart elsewhere (helm template ${name} ${chart.path} > all.yaml) and give --manifests all.yaml`,
    );
  }
  const { exitCode, stdout, stderr } = await runProcess(helm, args, {
    timeoutMs: renderTimeoutMs,
    signal,
    env,
  });
  // a value may be a password: what was set is not repeated
  const shown = `helm template ${name} ${chart.path}`;
  if (exitCode !== 0) throw await chartError(shown, stderr.toString('utf8'), chart);
  const parsed = parseManifests(stdout.toString('utf8'), shown);
  const { objects, remarks } = byHooks(parsed);
  if (objects.length === 0) {
    throw new UsageError(`chart ${chart.path}: there is no Kubernetes object in what it renders`);
  }
  refuseDuplicates(objects);
  validateManifests(objects);
  return { objects, remarks };
}

/** Of the chart's folder or file, as most people call their release: it is part of most names. */
function releaseName(path: string): string {
  const base = basename(path.replace(/\/+$/, '')).replace(/(-\d+\.\d+\.\d+\S*)?\.tgz$/, '');
  const name = base.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  return name.replaceAll(/^-+|-+$/g, '').slice(0, 40) || 'redis';
}

async function refuseMissing({ path, values }: Chart): Promise<void> {
  if ((await pathKind(path)) === 'missing') {
    throw new UsageError(`chart ${path}: there is no such folder or file`);
  }
  for (const file of values) {
    if ((await pathKind(file)) !== 'file') {
      throw new UsageError(`values ${file}: there is no such file`);
    }
  }
}

/** Helm's words, and the values file where they are about one. */
async function chartError(shown: string, stderr: string, { values }: Chart): Promise<UsageError> {
  const words = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(WARNING|walk\.go|coalesce\.go)/.test(line))
    .join(' ')
    .replace(/^Error: /, '')
    .replaceAll(/Use --debug flag to render out invalid YAML/g, '')
    .trim();
  const message = `${shown}: ${words || 'ended with an error and no word'}`;
  const file = values.find((one) => words.includes(one));
  if (file === undefined || (await readTextOrNull(file)) === null) return new UsageError(message);
  const line = Number(/line (\d+)/.exec(words)?.[1] ?? 1);
  return new UsageError(message, { position: { file, line: Math.max(1, line), column: 1 } });
}
