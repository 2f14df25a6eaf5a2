import { join } from 'node:path';
import { knownBadFolder } from '../zoo/manifests.ts';

/** A set-up to run on a machine that has too little CPU for it. */
export interface StarvedSetUp {
  readonly name: string;
  readonly kind: 'healthy' | 'broken';
  /** Flags of `run`. */
  readonly flags: readonly string[];
}

const knownBad = (name: string, ...flags: readonly string[]) => [
  ...['--manifests', join(knownBadFolder, `${name}.yaml`), '--form', 'tool'],
  ...flags,
];
const shipped = ['--node-timeout', '2s'];
const natural = ['--hold', 'none'];

/** Three that are healthy, and three that are broken in different ways: an address, the data, a link. */
export const starvedSetUps: readonly StarvedSetUp[] = [
  { name: 'shipped', kind: 'healthy', flags: shipped },
  { name: 'shipped, natural delete', kind: 'healthy', flags: [...shipped, ...natural] },
  {
    name: 'healthy-password',
    kind: 'healthy',
    flags: knownBad('healthy-password', '--auth', 'secret:redis-cluster-auth/password'),
  },
  { name: 'no-rewrite', kind: 'broken', flags: knownBad('no-rewrite') },
  { name: 'no-persistence', kind: 'broken', flags: knownBad('no-persistence', ...natural) },
  {
    name: 'masterauth-missing',
    kind: 'broken',
    flags: knownBad('masterauth-missing', '--auth', 'secret:redis-cluster-auth/password'),
  },
];

/**
 * What a starved machine may make of it: a healthy set-up is never red, a broken one never green, and
 * neither ends as an error of the machine's.
 */
export function acceptable(kind: StarvedSetUp['kind'], verdict: string): boolean {
  return verdict === 'inconclusive' || verdict === (kind === 'healthy' ? 'pass' : 'fail');
}
