import type { KubeObject } from '../../src/provider/provider.ts';
import type { Workbench } from './workbench.ts';

/** Where a pod finds its token, its namespace and the API's certificate authority. */
export const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Asks the API as told on its input, and prints status code and body; code 0 is an error of the connection. */
const ask = `
const { host, method, path, type, body, token, trust } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const read = (name) => require('fs').readFileSync('${accountFolder}/' + name, 'utf8');
const bearer = token === undefined ? read('token') : token;
const headers = { ...(bearer && { authorization: 'Bearer ' + bearer }), ...(type && { 'content-type': type }) };
const request = require('https').request({ host, method, path, headers, ...(trust && { ca: read('ca.crt') }) }, (response) => {
  let text = '';
  response.on('data', (chunk) => { text += chunk; });
  response.on('end', () => console.log(JSON.stringify({ code: response.statusCode, text })));
});
request.on('error', (error) => console.log(JSON.stringify({ code: 0, text: error.code })));
request.end(body);
`;

export interface Question {
  readonly host?: string;
  readonly method?: string;
  readonly type?: string;
  readonly body?: unknown;
  /** '' sends none; by default the pod's own. */
  readonly token?: string;
  readonly trust?: boolean;
}

/** What the tests look at of an object, a list, a Status or a page of discovery. */
interface Told {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly major: string;
  readonly metadata: {
    resourceVersion: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly items: readonly KubeObject[];
  readonly resources: readonly object[];
}

export interface Answer {
  /** 0: no answer, and `text` says why. */
  readonly code: number;
  readonly text: string;
  /** Empty for what is no JSON, and for the lines of a watch. */
  readonly json: Told;
}

/** A request to the Kubernetes API from inside a pod's main container, which has Node. */
export async function askApi(
  bench: Workbench,
  pod: string,
  path: string,
  question: Question = {},
): Promise<Answer> {
  const { body, ...rest } = question;
  const asked = {
    host: 'kubernetes.default.svc',
    method: 'GET',
    trust: true,
    path,
    ...rest,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const options = { timeoutMs: 20_000, stdin: Buffer.from(JSON.stringify(asked)) };
  const argv = ['node', '-e', ask];
  const result = await bench.provider.exec(pod, 'main', argv, options, bench.signal);
  const { code, text } = JSON.parse(result.stdout.toString()) as { code: number; text: string };
  const one = text.startsWith('{') && !path.includes('watch=true');
  return { code, text, json: (one ? JSON.parse(text) : {}) as Told };
}

/** The collection `pods` of the namespace. */
export function podsPath(bench: Workbench): string {
  return `/api/v1/namespaces/${bench.provider.namespace}/pods`;
}

export function podPath(bench: Workbench, pod: string): string {
  return `${podsPath(bench)}/${pod}`;
}

/** A container of the Node image that runs a script. */
export function nodeContainer(script: string, more: object = {}): object {
  return { name: 'main', image: 'node:24', command: ['node', '-e', script], ...more };
}

/** Runs for ever, and ends on SIGTERM. */
export const waiting = `process.on('SIGTERM',()=>process.exit());setInterval(()=>{},1e6)`;

export function account(
  name: string,
  labels: Record<string, string>,
  more: object = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, labels }, ...more };
}

/** A Role of these rules, bound to the account of the same name. */
export function bound(name: string, labels: Record<string, string>, rules: object[]): KubeObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name, labels };
  return [
    { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      subjects: [{ kind: 'ServiceAccount', name }],
      roleRef: { apiGroup, kind: 'Role', name },
    },
  ];
}
