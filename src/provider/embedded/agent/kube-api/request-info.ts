import { fieldTests } from './field-selector.ts';

/** What a request asks of a resource, as authorisation sees it. */
export interface ResourceRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string | null;
  /** null: of the whole cluster. */
  readonly namespace: string | null;
  /** null: of a collection. */
  readonly name: string | null;
}

/** A request for a path that is no resource: discovery, version, health. */
export interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

/**
 * Reads a request's method and address as RequestInfoFactory of k8s.io/apiserver does.
 * @throws ApiError for a fieldSelector that cannot be read
 */
export function requestInfo(method: string, url: URL): ResourceRequest | PathRequest {
  const path = url.pathname;
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  const grouped = root === 'apis';
  const named = (root === 'api' || grouped) && rest.length >= (grouped ? 3 : 2);
  if (!named) return { verb: method.toLowerCase(), path };
  const [group = '', version = '', ...where] = grouped ? rest : ['', ...rest];
  // `/namespaces/NS` alone is the Namespace itself.
  const inside = where[0] === 'namespaces' && where.length > 2;
  const namespace = where[0] === 'namespaces' ? (where[1] ?? null) : null;
  const [plural = '', name = null, ...sub] = inside ? where.slice(2) : where;
  const asked = name ?? singleName(url);
  return {
    verb: verbOf(method, url, name !== null),
    group,
    version,
    plural,
    subresource: sub.length === 0 ? null : sub.join('/'),
    namespace,
    name: asked,
  };
}

function verbOf(method: string, url: URL, one: boolean): string {
  if (method === 'GET' || method === 'HEAD') {
    if (one) return 'get';
    return isWatch(url) ? 'watch' : 'list';
  }
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  return one ? 'delete' : 'deletecollection';
}

export function isWatch(url: URL): boolean {
  return ['true', '1'].includes(url.searchParams.get('watch') ?? '');
}

/** A list of one object by its name: a rule's resourceNames count then. */
function singleName(url: URL): string | null {
  const selector = url.searchParams.get('fieldSelector');
  if (selector === null) return null;
  const test = fieldTests(selector).find(({ field, equal }) => field === 'metadata.name' && equal);
  return test?.value ?? null;
}
