import type { SetupPlan } from '../model/plan.ts';
import type { Codec } from './codec.ts';

export type ImagePair = SetupPlan['images'][number];
export type AuthSource = NonNullable<SetupPlan['auth']>;

/** `redis=valkey/valkey:8.1`, the same in a plan file and as a flag. */
export function imagePair(): Codec<ImagePair> {
  const read = (value: unknown): ImagePair | undefined => {
    const match = typeof value === 'string' ? /^([^\s=]+)=([^\s=]+)$/.exec(value.trim()) : null;
    return match?.[1] && match[2] ? { from: match[1], to: match[2] } : undefined;
  };
  return {
    expected: 'NAME=NAME, e.g. redis=valkey/valkey:8.1',
    schema: { type: 'string', pattern: '^[^\\s=]+=[^\\s=]+$' },
    fromYaml: read,
    fromText: read,
    toYaml: ({ from, to }) => `${from}=${to}`,
    join: null,
    names: null,
    secret: false,
    hint: () => '',
  };
}

/** Where the password is, never the password: `env:VARIABLE` or `secret:NAME/KEY`. */
export function authSource(): Codec<AuthSource> {
  const read = (value: unknown): AuthSource | undefined => {
    if (typeof value !== 'string') return undefined;
    const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(value)?.[1];
    if (variable) return { kind: 'env', variable };
    const secret = /^secret:([a-z0-9]([a-z0-9.-]*[a-z0-9])?)\/([A-Za-z0-9._-]+)$/.exec(value);
    return secret?.[1] && secret[3]
      ? { kind: 'secret', name: secret[1], key: secret[3] }
      : undefined;
  };
  return {
    expected: 'env:VARIABLE or secret:NAME/KEY (where the password is, not the password)',
    schema: { type: 'string', pattern: '^(env:[A-Za-z_]\\w*|secret:[a-z0-9.-]+/[A-Za-z0-9._-]+)$' },
    fromYaml: read,
    fromText: read,
    toYaml: (auth) =>
      auth.kind === 'env' ? `env:${auth.variable}` : `secret:${auth.name}/${auth.key}`,
    join: null,
    names: null,
    secret: true,
    hint: () => '',
  };
}

/** True for a regular expression that compiles and has a group: the group is the counter. */
export function isCounterPattern(pattern: string): boolean {
  try {
    // `|` makes it match the empty text, so that the match shows how many groups there are.
    return (new RegExp(`${pattern}|`).exec('')?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

/** RFC 1123 label, as namespaces and Services are named. */
export function isDnsLabel(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}
