import { InfrastructureError, UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { findOnPath } from '../../platform/find-on-path.ts';
import { runProcess } from '../../platform/process.ts';
import { parseManifests } from '../manifest-text.ts';
import { findKustomize, type ProgramSearch } from './kustomize-program.ts';
import { namedPosition, wordsOf } from './kustomize-words.ts';

/** Remote bases may be fetched by it. */
const buildTimeoutMs = 180_000;

/** What comes of the network between the program and a remote base, and not of the user's files. */
const networkTrouble =
  /dial tcp|no such host|could not resolve host|connection (refused|reset|timed out)|i\/o timeout|TLS handshake|hit \S+ timeout/i;

/**
 * Builds a kustomization with kustomize's own program. Charts in it are rendered where helm is on
 * PATH. Positions of its objects are those in what was built: run the program to see it.
 * @throws UsageError with the program's words, and the file and line that they name; exit 64.
 * InfrastructureError when there is no program, it does not end, or a remote base is out of reach.
 */
export async function buildKustomization(
  folder: string,
  search: ProgramSearch,
): Promise<KubeObject[]> {
  const program = await findKustomize(search);
  const helm = (await findOnPath('helm', search.env)) === null ? [] : ['--enable-helm'];
  const { exitCode, stdout, stderr } = await runProcess(
    program.path,
    [...program.args, folder, ...helm],
    { timeoutMs: buildTimeoutMs, signal: search.signal, env: search.env },
  );
  const shown = `${program.shown} ${folder}`;
  if (exitCode === 0) return parseManifests(stdout.toString('utf8'), shown);
  const words = wordsOf(stderr.toString('utf8'));
  const message = `${shown}: ${words || `ended with exit code ${exitCode} and no word`}`;
  if (networkTrouble.test(words)) throw new InfrastructureError(message);
  const position = await namedPosition(words, folder);
  throw new UsageError(message, position ? { position } : {});
}
