/**
 * The volumes whose contents come from the API: configMap, secret, downwardAPI, and projected, which joins them.
 *
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/
 */
import type { VolumeProjection } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { type FileContent, writeAtomically } from './atomic-writer';
import { groupRequestOf } from './group-ownership';
import { configMapData, DEFAULT_FILE_MODE, downwardFiles, keyedFiles, secretData } from './volume-files';
import type { MountedVolume, VolumePlugin, VolumeRequest } from './volume-plugin';

const DEFAULT_TOKEN_SECONDS = 3600;
const OWNER_ONLY = 0o600;

interface Files {
  readonly files: Map<string, FileContent>;
  readonly refreshAt?: Date;
}

/** All four write their files the same way and differ in where the files come from. */
function objectVolume(
  source: VolumePlugin['source'],
  collect: (request: VolumeRequest) => Promise<Files>,
): VolumePlugin {
  return {
    source,
    isLive: true,
    async setUp(request): Promise<MountedVolume> {
      const { files, refreshAt } = await collect(request);
      await writeAtomically(request.directory, files, groupRequestOf(request.pod, true));
      return { hostPath: request.directory, readOnly: true, ...(refreshAt ? { refreshAt } : {}) };
    },
  };
}

export const configMapVolume = objectVolume('configMap', async (request) => {
  const { configMap } = request.volume;
  return { files: await projectedFiles(request, { configMap: configMap ?? {} }, configMap?.defaultMode) };
});

export const secretVolume = objectVolume('secret', async (request) => {
  const { secretName = '', items, optional, defaultMode } = request.volume.secret ?? {};
  const secret = { name: secretName, ...(items ? { items } : {}), ...(optional ? { optional } : {}) };
  return { files: await projectedFiles(request, { secret }, defaultMode) };
});

export const downwardVolume = objectVolume('downwardAPI', async (request) => {
  const { downwardAPI } = request.volume;
  return { files: await projectedFiles(request, { downwardAPI: downwardAPI ?? {} }, downwardAPI?.defaultMode) };
});

export const projectedVolume = objectVolume('projected', async (request) => {
  const { sources = [], defaultMode } = request.volume.projected ?? {};
  const files = new Map<string, FileContent>();
  let refreshAt: Date | undefined;
  for (const projection of sources) {
    if (projection.serviceAccountToken) {
      const token = await tokenFile(request, projection.serviceAccountToken, defaultMode);
      files.set(projection.serviceAccountToken.path, token.file);
      if (!refreshAt || token.refreshAt < refreshAt) refreshAt = token.refreshAt;
    } else {
      for (const [path, file] of await projectedFiles(request, projection, defaultMode)) files.set(path, file);
    }
  }
  return { files, ...(refreshAt ? { refreshAt } : {}) };
});

async function projectedFiles(
  { pod, sources }: VolumeRequest,
  projection: VolumeProjection,
  defaultMode = DEFAULT_FILE_MODE,
): Promise<Map<string, FileContent>> {
  const namespace = pod.metadata.namespace ?? '';
  const { configMap, secret, downwardAPI } = projection;
  if (downwardAPI) return downwardFiles(pod, downwardAPI.items ?? [], sources.fields(pod), defaultMode);
  const reference = configMap ?? secret;
  // Kubernetes also projects clusterTrustBundle, behind a feature gate that is off; left out with that kind.
  if (projection.clusterTrustBundle) {
    throw new Error('ClusterTrustBundle projection is not supported in static kubelet mode');
  }
  if (!reference) throw new Error(`unsupported volume projection: ${Object.keys(projection).join(', ')}`);
  const { name = '', items = [], optional = false } = reference;
  const keyed = { kind: configMap ? 'configmap' : 'secret', namespace, name, items, optional, defaultMode } as const;
  const data = configMap
    ? configMapData(await sources.configMap(namespace, name))
    : secretData(await sources.secret(namespace, name));
  return keyedFiles(keyed, data);
}

async function tokenFile(
  { pod, sources }: VolumeRequest,
  projection: NonNullable<VolumeProjection['serviceAccountToken']>,
  defaultMode = DEFAULT_FILE_MODE,
): Promise<{ file: FileContent; refreshAt: Date }> {
  const { audience = '', expirationSeconds = DEFAULT_TOKEN_SECONDS } = projection;
  const { token, refreshAt } = await sources.serviceAccountToken(pod, audience, expirationSeconds);
  return { file: { data: Buffer.from(token), ...tokenAccess(pod, defaultMode) }, refreshAt };
}

/** Who may read a token: where the one user or the group of the pod is known, only they. Pure. */
export function tokenAccess(pod: Pod, defaultMode: number): { readonly mode: number; readonly uid?: number } {
  const uid = onlyUser(pod);
  // The group's right to read is added with everything else the group gets.
  const isKnown = uid !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  return { mode: isKnown ? OWNER_ONLY : defaultMode, ...(uid === undefined ? {} : { uid }) };
}

/** The user all containers are told to run as; undefined when they differ or the images decide. */
function onlyUser({ spec }: Pod): number | undefined {
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec?.securityContext?.runAsUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}
