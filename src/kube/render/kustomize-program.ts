import { join } from 'node:path';
import { describeError, InfrastructureError } from '../../model/errors.ts';
import { findOnPath } from '../../platform/find-on-path.ts';
import { cacheDir } from '../../platform/state-dir.ts';
import { downloadKustomize, type KustomizeDownload } from './kustomize-download.ts';

/** A program that builds kustomizations, and the arguments that come before the folder. */
export interface KustomizeProgram {
  readonly path: string;
  readonly args: readonly string[];
  /** `kustomize build`: how a person would call it. */
  readonly shown: string;
}

export interface ProgramSearch {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** For tests: another place to download from. */
  readonly download?: Partial<KustomizeDownload>;
}

/**
 * kustomize or kubectl from PATH, else the downloaded kustomize.
 * @throws InfrastructureError that names both ways to get one
 */
export async function findKustomize(search: ProgramSearch): Promise<KustomizeProgram> {
  const kustomize = await findOnPath('kustomize', search.env);
  if (kustomize !== null) return { path: kustomize, args: ['build'], shown: 'kustomize build' };
  const kubectl = await findOnPath('kubectl', search.env);
  if (kubectl !== null) return { path: kubectl, args: ['kustomize'], shown: 'kubectl kustomize' };
  try {
    const path = await downloadKustomize({
      folder: join(cacheDir(search.env), 'kustomize'),
      platform: process.platform,
      arch: process.arch,
      log: search.log,
      signal: search.signal,
      ...search.download,
    });
    return { path, args: ['build'], shown: 'kustomize build' };
  } catch (cause) {
    if (search.signal.aborted) throw search.signal.reason;
    throw new InfrastructureError(
      `a kustomization is built by kustomize or kubectl, and neither is on PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize, https://kubernetes.io/docs/tasks/tools), or build it elsewhere (kustomize build DIR > all.yaml) and give --manifests all.yaml. The download failed too: ${describeError(cause)}`,
      { cause },
    );
  }
}
