import type { KubeObject } from '../../model/kube-object.ts';

const hookKey = 'helm.sh/hook';
const weightKey = 'helm.sh/hook-weight';

/** A hook object of a chart and the moments it is for: `pre-install`, `post-install`, `test`, … */
interface Hook {
  readonly object: KubeObject;
  readonly moments: readonly string[];
  readonly weight: number;
}

/**
 * The objects of a rendered chart in the order of an installation: definitions of custom resources, hooks of `pre-install` by their weight, what
 * is no hook, hooks of `post-install` (helm.sh/docs/topics/charts_hooks). All other hooks belong to an upgrade,
 * a deletion or `helm test`: they are left out, and named.
 */
export function byHooks(rendered: readonly KubeObject[]): {
  readonly objects: readonly KubeObject[];
  readonly remarks: readonly string[];
} {
  const all = rendered.filter((object) => hookOf(object) === null);
  const isDefinition = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
  const plain = all.filter((object) => !isDefinition(object));
  const hooks = rendered.flatMap((object) => hookOf(object) ?? []);
  const of = (moment: string) =>
    hooks
      .filter(({ moments }) => moments.includes(moment))
      .sort((a, b) => a.weight - b.weight)
      .map(({ object }) => object);
  const before = of('pre-install');
  // one that is for both is applied once, and before
  const after = of('post-install').filter((object) => !before.includes(object));
  const left = hooks.filter(({ object }) => !before.includes(object) && !after.includes(object));
  const early = before.filter(({ kind }) => kind === 'Job' || kind === 'Pod');
  return {
    objects: [...all.filter(isDefinition), ...before, ...plain, ...after],
    remarks: [
      ...left.map(
        ({ object: { kind, metadata }, moments }) =>
          `${kind} ${metadata.name} of the chart is a hook for ${moments.join(', ')}: not applied`,
      ),
      ...early.map(
        ({ kind, metadata }) =>
          `${kind} ${metadata.name} of the chart is a hook for pre-install: applied with the rest, which does not wait for its end`,
      ),
    ],
  };
}

function hookOf(object: KubeObject): Hook | null {
  const { annotations } = object.metadata as {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  const hook = annotations?.[hookKey];
  if (hook === undefined) return null;
  return {
    object,
    moments: hook.split(',').map((moment) => moment.trim()),
    weight: Number(annotations?.[weightKey] ?? 0) || 0,
  };
}
