/**
 * What a pod makes its node need: the Secrets, ConfigMaps, claims and the ServiceAccount its spec names.
 *
 * All references lie in the pod's own namespace. A mirror pod has none that count: nodes create those themselves, and must not
 * gain access to anything by writing its name into one.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/#overview
 */
import type { Container, EphemeralContainer, PodSpec, Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../../helper/api/core/pod';

export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** Names, each at least once. */
export interface PodReferences {
  readonly secrets: readonly string[];
  readonly configmaps: readonly string[];
  readonly persistentvolumeclaims: readonly string[];
  readonly serviceaccounts: readonly string[];
}

const named = (...names: (string | undefined)[]): string[] => names.filter((name): name is string => Boolean(name));

function volumeSecrets(volume: Volume): string[] {
  const { projected, azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, secret, storageos } = volume;
  return named(
    secret?.secretName,
    azureFile?.secretName,
    ...[cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map((source) => source?.secretRef?.name),
    csi?.nodePublishSecretRef?.name,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
  );
}

function environmentOf({ env = [], envFrom = [] }: Container | EphemeralContainer) {
  return {
    secrets: named(
      ...envFrom.map(({ secretRef }) => secretRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ),
    configmaps: named(
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ),
  };
}

const containersOf = ({ containers = [], initContainers = [], ephemeralContainers = [] }: Partial<PodSpec>) => [
  ...initContainers,
  ...containers,
  ...ephemeralContainers,
];

/** What the spec names, whoever made the pod. */
export function specReferences({ spec, metadata }: Pick<Pod, 'spec' | 'metadata'>): PodReferences {
  const { volumes = [], imagePullSecrets = [] } = spec ?? {};
  const environments = containersOf(spec ?? {}).map(environmentOf);
  return {
    secrets: [
      ...named(...imagePullSecrets.map(({ name }) => name)),
      ...environments.flatMap(({ secrets }) => secrets),
      ...volumes.flatMap(volumeSecrets),
    ],
    configmaps: [
      ...environments.flatMap(({ configmaps }) => configmaps),
      ...volumes.flatMap(({ configMap, projected }) =>
        named(configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)),
      ),
    ],
    persistentvolumeclaims: volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
      // The claim of an ephemeral volume is called after pod and volume.
      named(persistentVolumeClaim?.claimName, ephemeral && `${metadata.name}-${name}`),
    ),
    serviceaccounts: named(spec?.serviceAccountName),
  };
}

const NOTHING: PodReferences = { secrets: [], configmaps: [], persistentvolumeclaims: [], serviceaccounts: [] };

/** What the pod gives its node access to. */
export function referencesOf(pod: Pod): PodReferences {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined ? specReferences(pod) : NOTHING;
}
