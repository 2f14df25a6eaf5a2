import { expect, test } from 'vitest';
import {
  explainFailure,
  explainPlatform,
  type HostFacts,
} from '../../../../src/provider/embedded/remedy.ts';

/** Goal: whoever reads it knows what to type next. Method: the failures of known places, as they print them. */
const host = (facts: Partial<HostFacts> & { sysctls?: Record<string, string> }): HostFacts => ({
  platform: 'linux',
  rootless: false,
  container: false,
  sysctl: (path) => facts.sysctls?.[path] ?? null,
  ...facts,
});
const denied = 'unshare: write failed /proc/self/uid_map: Operation not permitted';

test('Ubuntu 24.04, plain user: AppArmor, sudo or the sysctl, kind', () => {
  const sysctls = { 'kernel/apparmor_restrict_unprivileged_userns': '1' };
  const told = explainFailure('namespaces', denied, host({ rootless: true, sysctls }));
  expect(told.reason).toContain(denied);
  expect(told.reason).toContain('AppArmor');
  expect(told.remedy).toContain('`sudo`');
  expect(told.remedy).toContain('sysctl kernel.apparmor_restrict_unprivileged_userns=0');
  expect(told.remedy).toContain('--provider kind');
});

test('the same setting at 0 is not blamed', () => {
  const sysctls = { 'kernel/apparmor_restrict_unprivileged_userns': '0' };
  const told = explainFailure('namespaces', denied, host({ rootless: true, sysctls }));
  expect(told.reason).not.toContain('AppArmor');
  expect(told.remedy).toMatch(/^Run as root \(`sudo`\)/);
});

test.each([
  ['kernel/unprivileged_userns_clone', 'sysctl kernel.unprivileged_userns_clone=1'],
  ['user/max_user_namespaces', 'sysctl user.max_user_namespaces=15000'],
])('a plain user and %s = 0: that setting', (path, remedy) => {
  const told = explainFailure(
    'namespaces',
    denied,
    host({ rootless: true, sysctls: { [path]: '0' } }),
  );
  expect(told.remedy).toContain(remedy);
});

test('root in a container without SYS_ADMIN: --privileged, by act and GitHub too, or kind', () => {
  const said = 'unshare: unshare failed: Operation not permitted';
  const told = explainFailure('namespaces', said, host({ container: true }));
  expect(told.reason).toContain('container without the rights');
  expect(told.remedy).toContain('--privileged');
  expect(told.remedy).toContain('--container-options --privileged');
  expect(told.remedy).toContain('--provider kind');
});

test('a container that may make namespaces but not mount is told the same', () => {
  const told = explainFailure('mounts', 'mount: permission denied', host({ container: true }));
  expect(told.reason).toMatch(/^mounting in a namespace failed: mount: permission denied/);
  expect(told.remedy).toContain('--privileged');
});

test.each([
  ['rules', 'nf_tables'],
  ['link', 'veth'],
] as const)('root, %s: the module that may be missing', (step, module) => {
  const told = explainFailure(step, 'Operation not supported', host({}));
  expect(told.remedy).toContain(module);
  expect(told.remedy).toContain('--provider kind');
});

test('macOS and Windows: kind, with what runs it there', () => {
  expect(explainPlatform('darwin').reason).toContain('macOS');
  expect(explainPlatform('darwin').remedy).toMatch(/--provider kind.*Docker Desktop, Colima/);
  expect(explainPlatform('win32').reason).toContain('Windows');
});
