/**
 * Which files a ConfigMap, Secret or downward-API source becomes: pure, from object and `items` to a payload.
 *
 * Without `items` every key is a file; with `items` only the listed keys, each at its own path. A missing object or key is
 * an error unless the source says `optional`.
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/
 */
import type { DownwardAPIVolumeFile, KeyToPath } from 'kubernetes-types/core/v1';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Pod } from '../../helper/api/core/pod';
import type { Secret } from '../../helper/api/core/secret';
import { type FieldFacts, podField, resourceField } from '../kubelet/pod-fields';
import type { FileContent } from './atomic-writer';

/** Permissions of files when the volume names none. */
export const DEFAULT_FILE_MODE = 0o644;

export interface KeyedSource {
  /** `configmap` or `secret`, for messages */
  readonly kind: 'configmap' | 'secret';
  readonly namespace: string;
  readonly name: string;
  readonly items: readonly KeyToPath[];
  readonly optional: boolean;
  readonly defaultMode: number;
}

/** The files of one ConfigMap or Secret; `data` is undefined when the object does not exist. */
export function keyedFiles(
  source: KeyedSource,
  data: ReadonlyMap<string, Buffer> | undefined,
): Map<string, FileContent> {
  if (!data && !source.optional) throw new Error(`${source.kind} "${source.name}" not found`);
  const content = data ?? new Map<string, Buffer>();
  if (source.items.length === 0) {
    return new Map([...content].map(([key, bytes]) => [key, { data: bytes, mode: source.defaultMode }]));
  }
  const files = new Map<string, FileContent>();
  for (const { key, path, mode } of source.items) {
    const bytes = content.get(key);
    if (bytes) files.set(path, { data: bytes, mode: mode ?? source.defaultMode });
    else if (!source.optional)
      throw new Error(`references non-existent ${source.kind === 'secret' ? 'secret' : 'config'} key: ${key}`);
  }
  return files;
}

export function configMapData(configMap: ConfigMap | undefined): Map<string, Buffer> | undefined {
  if (!configMap) return undefined;
  const data = new Map(Object.entries(configMap.data ?? {}).map(([key, text]) => [key, Buffer.from(text)]));
  for (const [key, base64] of Object.entries(configMap.binaryData ?? {})) data.set(key, Buffer.from(base64, 'base64'));
  return data;
}

export function secretData(secret: Secret | undefined): Map<string, Buffer> | undefined {
  if (!secret) return undefined;
  return new Map(Object.entries(secret.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]));
}

/** The files of a downward-API source. */
export function downwardFiles(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  facts: FieldFacts,
  defaultMode: number,
): Map<string, FileContent> {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return new Map(
    items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
      const container = containers.find((each) => each.name === resourceFieldRef?.containerName);
      if (resourceFieldRef && !container) throw new Error(`container "${resourceFieldRef.containerName}" not found`);
      const text =
        resourceFieldRef && container
          ? resourceField(container, resourceFieldRef, facts)
          : podField(pod, fieldRef?.fieldPath ?? '', facts);
      return [path, { data: Buffer.from(text), mode: mode ?? defaultMode }];
    }),
  );
}
