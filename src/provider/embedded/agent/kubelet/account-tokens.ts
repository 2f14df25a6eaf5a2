import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pod, PodSpec } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import type { NewObject } from '../store/stored-object.ts';

/** Issuer of the tokens, and the audience that the API itself takes (kubeadm's default). */
const issuer = 'https://kubernetes.default.svc.cluster.local';
const yearSeconds = 365 * 86_400;

/** Signs tokens: of this process alone, which is the whole cluster, and nowhere written down. */
const signingKey = randomBytes(32);

interface Claims {
  readonly aud: readonly string[];
  readonly sub: string;
  readonly 'kubernetes.io': { readonly pod: { readonly name: string; readonly uid: string } };
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** The ServiceAccount that a pod runs as. */
export function accountOf(pod: Pod | (NewObject & { kind: 'Pod' })): string {
  const spec = pod.spec as PodSpec;
  return spec.serviceAccountName || spec.serviceAccount || 'default';
}

/** Whether a pod's token is mounted where nobody asked for it: the pod's word counts most. */
export function mountsToken(store: ObjectStore, pod: Pod): boolean {
  const account = store.get('ServiceAccount', accountOf(pod));
  return pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
}

/**
 * A token bound to a pod, as the kubelet asks the API for it: a JWT (RFC 7519). Real ones expire
 * after an hour and are renewed in their file; these outlive any run.
 */
export function issueToken(store: ObjectStore, pod: Pod, audience = issuer): string {
  const { namespace, name, uid } = pod.metadata;
  const account = accountOf(pod);
  const accountUid = store.get('ServiceAccount', account)?.metadata.uid ?? '';
  const issuedAt = Math.floor(Date.parse(pod.metadata.creationTimestamp) / 1000);
  const claims = {
    aud: [audience],
    exp: issuedAt + yearSeconds,
    iat: issuedAt,
    iss: issuer,
    'kubernetes.io': {
      namespace,
      pod: { name, uid },
      serviceaccount: { name: account, uid: accountUid },
    },
    nbf: issuedAt,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${signature(text).toString('base64url')}`;
}

/** Whose token it is; null for one that is not ours, or whose pod or account is gone. */
export function accountOfToken(store: ObjectStore, token: string): Account | null {
  const [header, body, signed, more] = token.split('.');
  if (header === undefined || body === undefined || signed === undefined || more !== undefined) {
    return null;
  }
  const expected = signature(`${header}.${body}`);
  const given = Buffer.from(signed, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims;
  if (!claims.aud.includes(issuer)) return null;
  const bound = claims['kubernetes.io'].pod;
  if (store.get('Pod', bound.name)?.metadata.uid !== bound.uid) return null;
  const [, , namespace = '', name = ''] = claims.sub.split(':');
  return accountExists(store, name) ? { namespace, name } : null;
}

/** Every namespace has its `default`: a controller of Kubernetes sees to it. */
export function accountExists(store: ObjectStore, name: string): boolean {
  return name === 'default' || store.get('ServiceAccount', name) !== undefined;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(text: string): Buffer {
  return createHmac('sha256', signingKey).update(text).digest();
}
