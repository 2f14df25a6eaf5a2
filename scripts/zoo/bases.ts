import type { TextEdit } from './text-edits.ts';

/** The shipped manifests that a set-up of the zoo is made of. */
export type BaseName = 'cluster' | 'cluster-auth' | 'standalone' | 'sentinel';

interface Base {
  /** A zoo is looked at often: a failover takes 3 to 6 s with this, instead of 6 to 10. */
  readonly shortTimeout: TextEdit | null;
  /** The Secret that the shipped file leaves out; null where it needs none. */
  readonly secret: string | null;
  /** Name of its StatefulSet. */
  readonly set: string;
  /** Who forms it, as `--form` says. */
  readonly form: 'tool' | 'self';
}

const shortNodeTimeout: TextEdit = {
  from: 'cluster-node-timeout 5000',
  to: 'cluster-node-timeout 2000',
};

export const bases: Readonly<Record<BaseName, Base>> = {
  cluster: {
    shortTimeout: shortNodeTimeout,
    secret: null,
    set: 'redis-cluster',
    form: 'tool',
  },
  'cluster-auth': {
    shortTimeout: shortNodeTimeout,
    secret: 'redis-cluster-auth',
    set: 'redis-cluster',
    form: 'self',
  },
  standalone: { shortTimeout: null, secret: null, set: 'redis', form: 'self' },
  sentinel: {
    shortTimeout: {
      from: 'down-after-milliseconds mymaster 5000',
      to: 'down-after-milliseconds mymaster 2000',
    },
    secret: 'redis-sentinel-auth',
    set: 'redis',
    form: 'self',
  },
};

/** A password that stands in a public file is none: for the zoo, which nobody uses, it will do. */
export function secretText(name: string): string {
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\nstringData:\n  password: only-for-the-zoo\n`;
}
