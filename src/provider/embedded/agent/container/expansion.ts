/**
 * Kubernetes' `$(VAR)` expansion (third_party/forked/golang/expansion): a known name is replaced,
 * an unknown one stays as it is, `$$` is a dollar sign.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, rest: string, name: string | undefined) => {
    if (rest === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole;
  });
}
