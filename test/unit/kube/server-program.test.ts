import { expect, it } from 'vitest';
import { withServerProgram } from '../../../src/kube/server-program.ts';
import { asList, asMap, valueAt } from '../../../src/model/json-value.ts';

const argsOn = (image: string) => {
  const set = withServerProgram({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 's' },
    spec: {
      template: { spec: { containers: [{ name: 'r', image, args: ['redis-server', '/x.conf'] }] } },
    },
  });
  return asMap(asList(valueAt(set, ['spec', 'template', 'spec', 'containers']))[0]).args;
};

it.each([
  ['valkey/valkey:8.1', 'valkey-server'],
  ['docker.io/valkey/valkey@sha256:00', 'valkey-server'],
  ['mirror.example:5000/team/valkey:8', 'valkey-server'],
  ['redis:8.0', 'redis-server'],
  ['mirror.example/valkeyrie/redis:7', 'redis-server'],
  ['/opt/valkey/bin/valkey-server', 'valkey-server'],
])('on %s the program is %s', (image, program) => {
  expect(argsOn(image)).toEqual([program, '/x.conf']);
});
