import { podTemplatePath } from '../../kube/pod-template.ts';
import { UsageError } from '../../model/errors.ts';
import { changeAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { SetupPlan } from '../../model/plan.ts';

/** Our own Secret, through which the app and the observer get the servers' password. */
const secretName = 'rkc-redis-auth';

/**
 * The servers' password, from where `--auth` says: an environment variable of ours, or a Secret of
 * the manifests. Null without `--auth`. It never gets into a log, a report or an argument list.
 * @throws UsageError when it is not there.
 */
export function passwordOf(
  auth: SetupPlan['auth'],
  objects: readonly KubeObject[],
  env: NodeJS.ProcessEnv,
  flag = '--auth',
): string | null {
  if (auth === null) return null;
  if (auth.kind === 'env') {
    const value = env[auth.variable];
    if (value) return value;
    throw new UsageError(
      `${flag} env:${auth.variable}: the environment variable is empty or not set`,
    );
  }
  const where = `${flag} secret:${auth.name}/${auth.key}`;
  const secret = objects.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === auth.name,
  );
  if (!secret) throw new UsageError(`${where}: the manifests hold no Secret ${auth.name}`);
  const { stringData, data } = secret as {
    stringData?: Readonly<Record<string, string>>;
    data?: Readonly<Record<string, string>>;
  };
  const encoded = data?.[auth.key];
  const value =
    stringData?.[auth.key] ??
    (encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8'));
  if (value) return value;
  throw new UsageError(`${where}: the Secret has no such key, or it is empty`);
}

/** Who we are for the servers, and for the Sentinels where that is another. */
export interface Passwords {
  readonly user: string | null;
  readonly password: string | null;
  readonly sentinelPassword: string | null;
}

/** Gives our own pods the passwords by a Secret of ours; without one they stay as they are. */
export function withPassword(
  objects: readonly KubeObject[],
  { user, password, sentinelPassword }: Passwords,
): KubeObject[] {
  const held = {
    ...(password === null ? {} : { password }),
    ...(sentinelPassword === null ? {} : { 'sentinel-password': sentinelPassword }),
  };
  const keys = Object.keys(held);
  if (keys.length === 0) return [...objects];
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName },
    stringData: held,
  };
  const variables = [
    ...keys.map((key) => ({
      name: key === 'password' ? 'REDIS_PASSWORD' : 'SENTINEL_PASSWORD',
      valueFrom: { secretKeyRef: { name: secretName, key } },
    })),
    ...(user === null ? [] : [{ name: 'REDIS_USERNAME', value: user }]),
  ];
  return [
    secret,
    ...objects.map((object) => {
      const path = podTemplatePath(object);
      if (path === null) return object;
      return changeAt(object, [...path, 'spec', 'containers'], (containers) =>
        (containers as readonly { env?: readonly unknown[] }[]).map((container) => ({
          ...container,
          env: [...(container.env ?? []), ...variables],
        })),
      ) as KubeObject;
    }),
  ];
}
