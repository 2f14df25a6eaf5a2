import { type Evaluation, evaluate } from '../../../src/checker/evaluate.ts';
import type { CheckId, Finding } from '../../../src/model/finding.ts';
import type { ClusterNode, ServerView } from '../../../src/model/view.ts';
import { type ScriptOptions, scriptRun } from './script.ts';

export const judge = (options: ScriptOptions = {}) => evaluate(scriptRun(options));

export function check({ findings }: Evaluation, id: CheckId): Finding {
  const found = findings.find((finding) => finding.id === id);
  if (!found) throw new Error(`no finding ${id}`);
  return found;
}

export const withVerdict = ({ findings }: Evaluation, verdict: Finding['verdict']) =>
  findings.filter((finding) => finding.verdict === verdict).map(({ id }) => id);
export const red = (evaluation: Evaluation) => withVerdict(evaluation, 'fail');
export const undecided = (evaluation: Evaluation) => withVerdict(evaluation, 'inconclusive');

/** Changes lines of CLUSTER NODES. */
export const nodes = (
  server: ServerView,
  change: (node: ClusterNode) => ClusterNode,
): ServerView => ({ ...server, nodes: server.nodes.map(change) });
export const isSelf = (node: ClusterNode) => node.flags.includes('myself');

/** From here on (ms) the views of a script's recovery are changed: the victim is down until 34 s. */
export const after = 30_000;
