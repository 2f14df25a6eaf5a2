import type { KubeObject } from '../model/kube-object.ts';

/** Shorter values are words that stand elsewhere too; hiding them would spoil the report. */
const leastLength = 6;

/** Every secret value that a run knows: the servers' password and what the manifests' Secrets hold. */
export function secretsOf(
  objects: readonly KubeObject[],
  password: string | null,
): readonly string[] {
  const values = objects
    .filter(({ kind }) => kind === 'Secret')
    .flatMap((object) => {
      const { data, stringData } = object as {
        data?: Readonly<Record<string, string>>;
        stringData?: Readonly<Record<string, string>>;
      };
      const encoded = Object.values(data ?? {});
      const decoded = encoded.map((text) => Buffer.from(text, 'base64').toString('utf8'));
      return [...encoded, ...decoded, ...Object.values(stringData ?? {})];
    });
  return [...new Set(password === null ? values : [...values, password])]
    .map((value) => value.trim())
    .filter((value) => value.length >= leastLength);
}

/** Replaces every secret, where it stands as a word of its own, by stars. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  if (secrets.length === 0) return (text) => text;
  const escaped = secrets
    .toSorted((a, b) => b.length - a.length)
    .map((secret) => secret.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\w-])(?:${escaped.join('|')})(?![\\w-])`, 'g');
  return (text) => text.replaceAll(pattern, '******');
}
