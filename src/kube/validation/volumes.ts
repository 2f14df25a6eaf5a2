import { formatPath } from '../field-check.ts';
import { checkFieldPath } from './environment.ts';
import { backwardFreePath, dnsLabel, writtenPath } from './names.ts';
import {
  checkRange,
  field,
  given,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  refuseTwice,
  requireText,
  textOf,
} from './part.ts';
import { quantityOf } from './quantity.ts';
import { checkClaimSpec } from './storage.ts';

/** In the order in which the API server looks: the second one is named. */
const sources = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];
const projections = [
  'secret',
  'configMap',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
];
const fileFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const modeMost = 0o777;

/** A pod's volumes (core/v1 ValidateVolumes). One without a source is an emptyDir. */
export function* checkVolumes(spec: Part): Iterable<Problem> {
  const volumes = items(field(spec, 'volumes'));
  const nameOf = (volume: Part) => textOf(field(volume, 'name'));
  yield* refuseTwice(volumes, nameOf, (volume) => field(volume, 'name'));
  for (const volume of volumes) {
    yield* requireText(field(volume, 'name'), dnsLabel);
    const [, second] = given(volume, sources);
    if (second) yield problem(second, 'may not be given beside another source: a volume has one');
    yield* checkSource(volume);
  }
}

function* checkSource(volume: Part): Iterable<Problem> {
  const size = field(volume, 'emptyDir', 'sizeLimit');
  if ((quantityOf(size.value) ?? 0n) < 0n) yield problem(size, 'must be 0 or more');
  for (const [name, key] of [
    ['configMap', 'name'],
    ['secret', 'secretName'],
  ] as const) {
    const source = field(volume, name);
    if (!isGiven(source)) continue;
    yield* requireText(field(source, key));
    yield* checkFiles(source);
  }
  for (const [name, key] of [
    ['persistentVolumeClaim', 'claimName'],
    ['nfs', 'server'],
    ['csi', 'driver'],
  ] as const) {
    if (isGiven(field(volume, name))) yield* requireText(field(volume, name, key));
  }
  yield* requireTextIf(field(volume, 'hostPath'), 'path', backwardFreePath);
  yield* requireTextIf(field(volume, 'nfs'), 'path', (text) =>
    text.startsWith('/') ? null : 'must be an absolute path',
  );
  const downward = field(volume, 'downwardAPI');
  yield* checkRange(field(downward, 'defaultMode'), 0, modeMost);
  yield* checkDownward(downward);
  yield* checkProjected(field(volume, 'projected'));
  const template = field(volume, 'ephemeral', 'volumeClaimTemplate');
  if (isGiven(template)) yield* checkClaimSpec(field(template, 'spec'));
  else if (isGiven(field(volume, 'ephemeral'))) yield problem(template, 'is missing');
}

function* requireTextIf(
  part: Part,
  name: string,
  rule: (text: string) => string | null,
): Iterable<Problem> {
  if (isGiven(part)) yield* requireText(field(part, name), rule);
}

function* checkProjected(projected: Part): Iterable<Problem> {
  yield* checkRange(field(projected, 'defaultMode'), 0, modeMost);
  for (const source of items(field(projected, 'sources'))) {
    if (given(source, projections).length > 1) {
      yield problem(source, `may have one of ${projections.join(', ')} only`);
    }
    for (const name of ['configMap', 'secret']) {
      const files = field(source, name);
      if (!isGiven(files)) continue;
      yield* requireText(field(files, 'name'));
      yield* checkFiles(files);
    }
    yield* checkDownward(field(source, 'downwardAPI'));
    const token = field(source, 'serviceAccountToken');
    yield* checkRange(field(token, 'expirationSeconds'), 600, 2 ** 32);
    if (isGiven(token)) {
      const called = formatPath([...projected.path, 'path']);
      yield* requireText(field(token, 'path'), writtenPath, called);
    }
  }
}

/** `items` and modes of a ConfigMap's or Secret's files. */
function* checkFiles(source: Part): Iterable<Problem> {
  yield* checkRange(field(source, 'defaultMode'), 0, modeMost);
  for (const item of items(field(source, 'items'))) {
    yield* requireText(field(item, 'key'));
    yield* requireText(field(item, 'path'), writtenPath);
    yield* checkRange(field(item, 'mode'), 0, modeMost);
  }
}

function* checkDownward(source: Part): Iterable<Problem> {
  for (const item of items(field(source, 'items'))) {
    yield* requireText(field(item, 'path'), writtenPath);
    yield* checkRange(field(item, 'mode'), 0, modeMost);
    const reference = field(item, 'fieldRef');
    const others = field(item, 'resourceFieldRef');
    if (isGiven(reference) === isGiven(others)) {
      yield problem(item, 'needs one of fieldRef and resourceFieldRef');
    }
    // the API server leaves out which item it is
    const called = formatPath([...source.path, 'fieldRef', 'fieldPath']);
    if (isGiven(reference))
      yield* checkFieldPath(field(reference, 'fieldPath'), fileFields, called);
  }
}
