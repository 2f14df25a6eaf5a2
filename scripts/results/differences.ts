/**
 * `node scripts/results/differences.ts`: writes docs/results/differences.md, what embedded does otherwise
 * than a real cluster. The fields come from the tables that validation itself uses; the rest is told
 * by hand, each with the command that shows it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FieldRule } from '../../src/provider/embedded/agent/store/field-rules.ts';
import { honouredKinds, inertKinds } from '../../src/provider/embedded/agent/store/kind-fields.ts';

const contract = (name: string) => `npx vitest run test/contract -t "${name}"`;
const embedded = (name: string) =>
  `npx vitest run test/integration/provider/embedded.test.ts -t "${name}"`;
const fidelity = '`environment.fidelity` of any report from embedded';

const behaviour: readonly (readonly [string, string, string])[] = [
  [
    'Through the Kubernetes API pods read objects (get, list, watch, as RBAC allows) and change labels and annotations of pods; every other write is a 405, another field of a pod a 422, and server-side apply and `$` directives of a strategic merge patch are refused',
    'that is what sidecars that label roles and watch their peers ask for; the rest is most of a control plane',
    contract('a sidecar labels its own pod'),
  ],
  [
    'A service account token does not expire within the run, and the ClusterRoles that are there unasked are `view`, `edit`, `admin` and `cluster-admin`, without aggregation',
    'a run is shorter than the year that Kubernetes extends such tokens to; nobody else uses the cluster',
    contract('an account without a role'),
  ],
  [
    'A LoadBalancer is reached at 127.0.0.1, at a port of its own; without endpoints a connection is accepted and reset',
    'the host gets no route into the private network, so nothing of the host is changed',
    embedded('connections end with the pod'),
  ],
  [
    'Images are local programs on the /usr of this machine; an unknown image is an ErrImagePull at once',
    'there is no registry and no layers: that makes a pod in 50 ms',
    embedded('an image may be a local program'),
  ],
  [
    'Requests and limits are accepted and not applied: no throttling, no OOM kill by the cgroup',
    'cgroups are not writable in many containers and never for a plain user',
    fidelity,
  ],
  [
    'A changed ConfigMap or Secret, or a label in a file of the downward API, is in a running pod at once; on a cluster after up to about 90 s',
    'there is no sync period to wait for; programs must not rely on either',
    contract('a changed ConfigMap reaches'),
  ],
  [
    'Claims lie in memory, are bound at once and end with the run',
    'the node has a tmpfs of its own, which dies with it: nothing is left behind',
    embedded('after SIGKILL of the tool'),
  ],
  [
    'As a plain user every container runs as that user: runAsUser and fsGroup have no effect',
    'an unprivileged user namespace maps one id',
    embedded('a plain user can run it too'),
  ],
  [
    'With one node affinity, spread and tolerations have no effect: every pod is on it, also where a cluster of one would leave it Pending',
    'a set-up made for many nodes should run on a laptop; `--nodes N` schedules as a cluster does',
    'npx vitest run test/unit/provider/embedded/scheduler.test.ts -t "one node"',
  ],
  [
    'Several nodes are played by one process on one kernel: a lost one has its pods killed without a farewell or its packets dropped, and no kubelet of its own fails',
    'what Redis and its clients can see of a machine is its silence; when it is given up is an option, a real cluster’s times are the default',
    'npx vitest run test/integration/provider/nodes.test.ts',
  ],
  [
    'PID 1 of a shared process namespace is a shell and a sleep, not `/pause`',
    'no program of that name is on every machine; both only reap',
    contract('shareProcessNamespace'),
  ],
  ['IPv4 only; no PTR records', 'what Redis set-ups ask for is A and SRV', contract('SRV records')],
  [
    'seccomp, AppArmor and SELinux profiles are not applied; capabilities, no_new_privs and read-only roots are',
    'the host need not have them',
    contract('fsGroup and runAsUser'),
  ],
];

interface FieldNote {
  readonly path: string;
  readonly note: string;
}

const refused: FieldNote[] = [];
const ignored: FieldNote[] = [];
for (const [kind, rule] of Object.entries(honouredKinds)) walk(rule, kind);

/** Templates repeat a pod's fields: they are told once, under Pod. */
function walk(rule: FieldRule, path: string): void {
  if (rule.rule === 'refuse') {
    const unless = rule.unless.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
    refused.push({ path, note: unless ? `${rule.why} (${unless} is fine)` : rule.why });
  } else if (rule.rule === 'ignore') ignored.push({ path, note: '' });
  else if (rule.rule === 'list') walk(rule.of, `${path}[]`);
  else if (rule.rule === 'object') {
    for (const [field, inner] of Object.entries(rule.fields)) {
      if (field === 'template' || field === 'initContainers') continue;
      walk(inner, `${path}.${field}`);
    }
  }
}

const text = [
  '# What embedded does otherwise than a real cluster',
  '',
  'The provider contract (`test/contract`, 90 cases) gives the same results on embedded and on kind with Kubernetes 1.34: `npx vitest run test/contract`. What is left, with why. `node scripts/results/differences.ts` writes this page.',
  '',
  '## Behaviour',
  '',
  '| difference | why | shown by |',
  '|---|---|---|',
  ...behaviour.map(([what, why, shown]) => {
    const command = shown.startsWith('npx') ? `\`${shown}\`` : shown;
    return `| ${what} | ${why} | ${command} |`;
  }),
  '',
  '## Refused before anything starts (exit 3, naming the field and kind as the way out)',
  '',
  'Each would change what is tested, and embedded cannot imitate it.',
  '',
  '| field | what it is |',
  '|---|---|',
  ...refused.map(({ path, note }) => `| \`${path}\` | ${note} |`),
  '',
  `A kind that is in neither list is refused too: embedded acts on ${Object.keys(honouredKinds).join(', ')}.`,
  '',
  '## Accepted without effect (each that occurs is in the report)',
  '',
  `Kinds: ${[...inertKinds].join(', ')}.`,
  '',
  `Fields: ${ignored.map(({ path }) => `\`${path}\``).join(', ')}.`,
  '',
].join('\n');

const folder = join(import.meta.dirname, '..', '..', 'docs', 'results');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'differences.md'), text);
