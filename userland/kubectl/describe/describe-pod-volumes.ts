/**
 * The volumes of a pod or of a pod template in a description.
 */
import type { EphemeralVolumeSource, PodSpec, Volume, VolumeProjection } from 'kubernetes-types/core/v1';
import type { DescribeText } from './describe-text';

function describeSource(
  text: DescribeText,
  { serviceAccountToken, configMap, secret, downwardAPI }: VolumeProjection,
): void {
  if (serviceAccountToken) text.line(2, 'TokenExpirationSeconds:', serviceAccountToken.expirationSeconds ?? 3600);
  if (configMap)
    text
      .line(2, 'ConfigMapName:', configMap.name ?? '')
      .line(2, 'ConfigMapOptional:', String(configMap.optional ?? '<nil>'));
  if (secret)
    text.line(2, 'SecretName:', secret.name ?? '').line(2, 'SecretOptionalName:', String(secret.optional ?? '<nil>'));
  if (downwardAPI) text.line(2, 'DownwardAPI:', true);
}

/** What kind of volume it is, and the fields that tell it from others of its kind. */
function describeVolumeSource(text: DescribeText, volume: Volume): void {
  const { hostPath, emptyDir, configMap, secret, projected, downwardAPI, persistentVolumeClaim, nfs, ephemeral } =
    volume;
  const lines = (...pairs: readonly (readonly [label: string, value: string | boolean])[]) => {
    for (const [label, value] of pairs) text.line(2, `${label}:`, value);
  };
  if (hostPath)
    lines(
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type ?? ''],
    );
  else if (emptyDir) {
    const { medium = '', sizeLimit = '<unset>' } = emptyDir;
    lines(['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"], ['Medium', medium]);
    lines(['SizeLimit', String(sizeLimit)]);
  } else if (configMap) {
    lines(['Type', 'ConfigMap (a volume populated by a ConfigMap)'], ['Name', configMap.name ?? '']);
    lines(['Optional', configMap.optional ?? false]);
  } else if (secret) {
    lines(['Type', 'Secret (a volume populated by a Secret)'], ['SecretName', secret.secretName ?? '']);
    lines(['Optional', secret.optional ?? false]);
  } else if (projected) {
    lines(['Type', 'Projected (a volume that contains injected data from multiple sources)']);
    for (const source of projected.sources ?? []) describeSource(text, source);
  } else if (downwardAPI) {
    lines(['Type', 'DownwardAPI (a volume populated by information about the pod)']);
    text.line(2, 'Items:');
    for (const { path, fieldRef, resourceFieldRef } of downwardAPI.items ?? [])
      text.line(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? ''} -> ${path}`);
  } else if (persistentVolumeClaim) {
    lines(['Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)']);
    lines(['ClaimName', persistentVolumeClaim.claimName], ['ReadOnly', persistentVolumeClaim.readOnly ?? false]);
  } else if (nfs) {
    lines(['Type', 'NFS (an NFS mount that lasts the lifetime of a pod)'], ['Server', nfs.server]);
    lines(['Path', nfs.path], ['ReadOnly', nfs.readOnly ?? false]);
  } else if (ephemeral) describeEphemeral(text, ephemeral);
  else lines(['Type', '<unknown>']);
}

function describeEphemeral(text: DescribeText, { volumeClaimTemplate: template }: EphemeralVolumeSource): void {
  const kind = 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)';
  text
    .line(2, 'Type:', kind)
    .line(2, 'StorageClass:', template?.spec.storageClassName ?? '')
    .line(2, 'Volume:', '');
  text.map('    Labels', template?.metadata?.labels).map('    Annotations', template?.metadata?.annotations, ': ');
  text.line(2, 'Capacity:', '').line(2, 'Access Modes:', '').optional(2, 'VolumeMode', template?.spec.volumeMode);
}

/** `indent` stands before the heading and before names, as for containers. */
export function describeVolumes(text: DescribeText, spec: PodSpec | undefined, heading: string, name: string): void {
  const volumes = spec?.volumes ?? [];
  text.line(0, `${heading}Volumes:`, ...(volumes.length === 0 ? ['<none>'] : []));
  for (const volume of volumes) {
    text.line(0, `${name}${volume.name}:`);
    describeVolumeSource(text, volume);
  }
}
