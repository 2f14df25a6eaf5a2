import { accountOfToken } from '../kubelet/account-tokens.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { badRequest, methodNotAllowed, noSuchPath, unauthorized } from './api-error.ts';
import { anonymous, authorize, type User } from './authorization.ts';
import { discover } from './discovery.ts';
import { patched } from './patch.ts';
import { updatePod } from './pod-update.ts';
import { findObject, listOf } from './reading.ts';
import { type ResourceRequest, requestInfo } from './request-info.ts';
import { type ApiResource, findResource } from './resources.ts';
import { shown } from './shown-object.ts';

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly contentType: string;
  /** The body, read only by what needs it. */
  readonly body: () => Promise<string>;
}

export type ApiAnswer =
  | { readonly kind: 'value'; readonly value: object | string }
  | { readonly kind: 'watch'; readonly resource: ApiResource };

/** Subresources that Kubernetes has and embedded leaves out. */
const leftOut = [
  'attach',
  'binding',
  'ephemeralcontainers',
  'eviction',
  'exec',
  'log',
  'portforward',
  'proxy',
  'resize',
  'scale',
  'token',
];

/** What is called when a pod's labels or annotations have changed. */
export type Relabelled = (pod: Pod) => void;

/**
 * One request: who asks, whether that is allowed, and the answer.
 * @throws ApiError with what the API answers instead
 */
export async function answer(
  store: ObjectStore,
  request: ApiRequest,
  relabelled: Relabelled,
): Promise<ApiAnswer> {
  const user = authenticate(store, request.authorization);
  const info = requestInfo(request.method, request.url);
  authorize(store, user, info);
  if (!('plural' in info)) {
    if (info.verb !== 'get' && info.verb !== 'head') throw methodNotAllowed('paths are read only');
    return { kind: 'value', value: discover(info.path) };
  }
  const resource = findResource(info.group, info.version, info.plural);
  if (!resource) throw noSuchPath();
  if (info.subresource !== null && info.subresource !== 'status') {
    if (!leftOut.includes(info.subresource)) throw noSuchPath();
    throw methodNotAllowed(`there is no ${info.plural}/${info.subresource}`);
  }
  if (resource.namespaced && info.namespace === null && info.verb === 'get') throw noSuchPath();
  return answerResource(store, request, info, resource, relabelled);
}

/** Without a token anybody is anonymous; with a wrong one nobody. */
function authenticate(store: ObjectStore, authorization: string | undefined): User {
  if (authorization === undefined) return anonymous;
  const [, token] = /^bearer\s+(\S+)$/i.exec(authorization) ?? [];
  const account = token === undefined ? null : accountOfToken(store, token);
  if (!account) throw unauthorized();
  const { namespace, name } = account;
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  };
}

async function answerResource(
  store: ObjectStore,
  request: ApiRequest,
  info: ResourceRequest,
  resource: ApiResource,
  relabelled: Relabelled,
): Promise<ApiAnswer> {
  const { verb, namespace, name } = info;
  const query = request.url.searchParams;
  if (verb === 'list') return { kind: 'value', value: listOf(store, resource, namespace, query) };
  if (verb === 'watch') {
    if (resource.kind === 'Endpoints') throw methodNotAllowed('endpointslices can be watched');
    return { kind: 'watch', resource };
  }
  if (verb === 'get' && name !== null) {
    return { kind: 'value', value: shown(findObject(store, resource, namespace, name), resource) };
  }
  const writes = verb === 'patch' || verb === 'update';
  if (!writes || resource.kind !== 'Pod' || info.subresource !== null || name === null) {
    throw methodNotAllowed('pods may change labels and annotations of pods, and nothing else');
  }
  findObject(store, resource, namespace, name); // before the body: a pod that is gone is a 404
  const body = parsed(await request.body());
  const pod = findObject(store, resource, namespace, name) as Pod;
  const before = shown(pod, resource);
  const wanted = verb === 'update' ? body : patched(before, request.contentType, body);
  const dryRun = query.get('dryRun') === 'All';
  if (updatePod(store, resource, pod, wanted, dryRun)) relabelled(pod);
  return { kind: 'value', value: shown(pod, resource) };
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw badRequest('the body of the request is no JSON object or list');
}
