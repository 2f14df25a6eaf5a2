import { apiServiceIp } from '../network/addresses.ts';
import { noSuchPath } from './api-error.ts';
import { apiResources, apiVersionOf } from './resources.ts';

const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};
const healthPaths = ['/healthz', '/livez', '/readyz'];
const serverAddressByClientCIDRs = [
  { clientCIDR: '0.0.0.0/0', serverAddress: `${apiServiceIp}:443` },
];

/**
 * What the API says about itself at paths that are no resource; a text for the health checks.
 * @throws ApiError 404 for any other path
 */
export function discover(path: string): object | string {
  const trimmed = path.replace(/\/+$/, '');
  if (healthPaths.includes(trimmed)) return 'ok';
  if (trimmed === '/version') return version;
  if (trimmed === '') {
    return { paths: ['/api', '/api/v1', '/apis', ...groups().map(({ name }) => `/apis/${name}`)] };
  }
  if (trimmed === '/api') {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  }
  if (trimmed === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() };
  const list = resourceList(trimmed.replace(/^\/apis?\//, ''));
  if (list && trimmed.startsWith(list.groupVersion.includes('/') ? '/apis/' : '/api/')) return list;
  const group = groups().find(({ name }) => trimmed === `/apis/${name}`);
  if (group) return { kind: 'APIGroup', apiVersion: 'v1', ...group };
  throw noSuchPath();
}

function groups() {
  const versions = new Map(
    apiResources.filter(({ group }) => group !== '').map((each) => [each.group, each.version]),
  );
  return [...versions].map(([name, of]) => {
    const preferred = { groupVersion: `${name}/${of}`, version: of };
    return { name, versions: [preferred], preferredVersion: preferred };
  });
}

function resourceList(groupVersion: string) {
  const found = apiResources.filter((each) => apiVersionOf(each) === groupVersion);
  if (found.length === 0) return null;
  const resources = found.map(({ plural, kind, namespaced, shortNames }) => ({
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: kind === 'Pod' ? ['get', 'list', 'patch', 'update', 'watch'] : ['get', 'list', 'watch'],
    ...(shortNames.length > 0 ? { shortNames } : {}),
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
