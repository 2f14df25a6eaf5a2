import { podField, valuesOf } from '../container/environment.ts';
import type {
  DownwardSource,
  KeyToPath,
  Pod,
  ProjectedSource,
  Volume,
} from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { issueToken } from './account-tokens.ts';

/** A volume cannot be set up: the pod stays ContainerCreating with a FailedMount event. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

export interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** Every namespace has it: the certificate authority of the API server. */
export const rootCaConfigMap = 'kube-root-ca.crt';

/** What the ServiceAccount admission adds to every pod that does not decline it. */
export const serviceAccountVolume: Volume = {
  name: 'kube-api-access',
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: rootCaConfigMap, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
};

export const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where a source is named in an error, and the mode of its files by default. */
interface Setting {
  readonly volume: string;
  readonly mode: number;
}

/**
 * The files of a configMap, secret, downwardAPI or projected volume; null for other volumes.
 * @throws MountError naming the ConfigMap, Secret or key that is not there
 */
export function volumeFiles(store: ObjectStore, pod: Pod, volume: Volume): VolumeFile[] | null {
  const { configMap, secret, downwardAPI, projected } = volume;
  const source = configMap ?? secret ?? downwardAPI ?? projected;
  if (!source) return null;
  const setting = { volume: volume.name, mode: source.defaultMode ?? 0o644 };
  if (projected) {
    return (projected.sources ?? []).flatMap((each) => sourceFiles(store, pod, each, setting));
  }
  const { secretName = '', ...rest } = secret ?? {};
  const single = secret ? { secret: { ...rest, name: secretName } } : { configMap, downwardAPI };
  return sourceFiles(store, pod, single as ProjectedSource, setting);
}

function sourceFiles(
  store: ObjectStore,
  pod: Pod,
  source: ProjectedSource,
  setting: Setting,
): VolumeFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (downwardAPI) return downwardFiles(pod, downwardAPI, setting);
  if (serviceAccountToken) {
    const content = Buffer.from(issueToken(store, pod, serviceAccountToken.audience));
    return [{ path: serviceAccountToken.path, content, mode: setting.mode }];
  }
  if (configMap) return keyFiles(store, 'ConfigMap', configMap, setting);
  return secret ? keyFiles(store, 'Secret', secret, setting) : [];
}

function downwardFiles(pod: Pod, source: DownwardSource, setting: Setting): VolumeFile[] {
  return (source.items ?? []).map((item) => ({
    path: item.path,
    content: Buffer.from(item.fieldRef ? podField(pod, item.fieldRef.fieldPath) : ''),
    mode: item.mode ?? setting.mode,
  }));
}

function keyFiles(
  store: ObjectStore,
  kind: 'ConfigMap' | 'Secret',
  source: { name: string; items?: KeyToPath[]; optional?: boolean },
  setting: Setting,
): VolumeFile[] {
  const failed = `MountVolume.SetUp failed for volume "${setting.volume}" :`;
  const values = valuesOf(store, kind, source.name);
  if (!values) {
    if (source.optional) return [];
    throw new MountError(`${failed} ${kind.toLowerCase()} "${source.name}" not found`);
  }
  const items: KeyToPath[] = source.items ?? Object.keys(values).map((key) => ({ key, path: key }));
  return items.flatMap((item) => {
    const content = values[item.key];
    if (content) return [{ path: item.path, content, mode: item.mode ?? setting.mode }];
    if (source.optional) return [];
    throw new MountError(`${failed} references non-existent config key: ${item.key}`);
  });
}
