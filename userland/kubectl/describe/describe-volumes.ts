/**
 * `describe` of PersistentVolumeClaims, PersistentVolumes and StorageClasses.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import type { PersistentVolumeSpec, VolumeNodeAffinity } from 'kubernetes-types/core/v1';
import type { PersistentVolume } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../../helper/api/core/pod';
import type { KubeObject } from '../../../helper/api/meta';
import type { StorageClass } from '../../../helper/api/storage/storage-class';
import { accessModesText, flagText, inOneLine, phaseText } from './describe-head';
import { type DescribeText, timeText } from './describe-text';

const finalizersText = ({ metadata }: KubeObject) => `[${(metadata.finalizers ?? []).join(' ')}]`;

/** The pods that have it among their volumes. */
function usersOf(claim: PersistentVolumeClaim, pods: readonly Pod[]): string[] {
  const uses = ({ metadata, spec }: Pod) =>
    (spec?.volumes ?? []).some(
      ({ name, persistentVolumeClaim, ephemeral }) =>
        persistentVolumeClaim?.claimName === claim.metadata.name ||
        (ephemeral !== undefined && `${metadata.name}-${name}` === claim.metadata.name),
    );
  return pods.filter(uses).map(({ metadata }) => metadata.name);
}

export function describeClaim(text: DescribeText, claim: PersistentVolumeClaim, pods: readonly Pod[], now: Date): void {
  const { metadata, spec, status } = claim;
  const isBound = Boolean(spec?.volumeName);
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'StorageClass:', spec?.storageClassName ?? '').line(0, 'Status:', phaseText(claim, status?.phase, now));
  text.line(0, 'Volume:', spec?.volumeName ?? '');
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Finalizers:', finalizersText(claim));
  text.line(0, 'Capacity:', isBound ? String(status?.capacity?.['storage'] ?? '') : '');
  text.line(0, 'Access Modes:', isBound ? accessModesText(status?.accessModes) : '');
  text.optional(0, 'VolumeMode', spec?.volumeMode);
  if (spec?.dataSource) {
    text.line(0, 'DataSource:').optional(1, 'APIGroup', spec.dataSource.apiGroup);
    text.line(1, 'Kind:', spec.dataSource.kind).line(1, 'Name:', spec.dataSource.name);
  }
  text.list('Used By', usersOf(claim, pods));
  if (!status?.conditions?.length) return;
  text.line(0, 'Conditions:').table(
    1,
    ['Type', 'Status', 'LastProbeTime', 'LastTransitionTime', 'Reason', 'Message'],
    status.conditions.map(({ type, status, lastProbeTime, lastTransitionTime, reason = '', message = '' }) => [
      ...[type, status].map((word) => `${word} `),
      ...[lastProbeTime, lastTransitionTime].map((time) => `${timeText(time as string | undefined)} `),
      `${reason} `,
      message,
    ]),
  );
}

/** What kind of storage a volume is, and the fields that tell it from others of its kind. */
function sourceLines({ hostPath, local, nfs, csi }: PersistentVolumeSpec): [label: string, value: string][] {
  if (hostPath)
    return [
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type ?? ''],
    ];
  if (local)
    return [
      ['Type', 'LocalVolume (a persistent volume backed by local storage on a node)'],
      ['Path', local.path],
    ];
  if (nfs)
    return [
      ['Type', 'NFS (an NFS mount that lasts the lifetime of a pod)'],
      ['Server', nfs.server],
      ['Path', nfs.path],
      ['ReadOnly', String(nfs.readOnly ?? false)],
    ];
  if (csi)
    return [
      ['Type', 'CSI (a Container Storage Interface (CSI) volume source)'],
      ['Driver', csi.driver],
      ['FSType', csi.fsType ?? ''],
      ['VolumeHandle', csi.volumeHandle],
      ['ReadOnly', String(csi.readOnly ?? false)],
    ];
  return [['Type', '<unknown>']];
}

function describeNodeAffinity(text: DescribeText, affinity: VolumeNodeAffinity | undefined): void {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  if (!affinity) {
    text.line(0, 'Node Affinity:', '<none>');
    return;
  }
  text.line(0, 'Node Affinity:', '').line(1, 'Required Terms:', terms.length === 0 ? '<none>' : '');
  terms.forEach(({ matchExpressions = [] }, index) => {
    const texts = matchExpressions.map(({ key, operator, values }) => {
      const list = values?.length ? ` [${values.join(', ')}]` : '';
      return `${key} ${operator.toLowerCase()}${list}`;
    });
    text.line(2, `Term ${index}:`, texts[0] ?? '<none>');
    for (const further of texts.slice(1)) text.line(2, '', further);
  });
}

export function describeVolumeObject(text: DescribeText, volume: PersistentVolume, now: Date): void {
  const { metadata, spec = {}, status } = volume;
  text.line(0, 'Name:', metadata.name);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Finalizers:', finalizersText(volume)).line(0, 'StorageClass:', spec.storageClassName ?? '');
  text.line(0, 'Status:', phaseText(volume, status?.phase, now));
  const claim = spec.claimRef;
  text.line(0, 'Claim:', claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '');
  text.line(0, 'Reclaim Policy:', spec.persistentVolumeReclaimPolicy ?? '');
  text.line(0, 'Access Modes:', accessModesText(spec.accessModes)).optional(0, 'VolumeMode', spec.volumeMode);
  text.line(0, 'Capacity:', String(spec.capacity?.['storage'] ?? ''));
  describeNodeAffinity(text, spec.nodeAffinity);
  text.line(0, 'Message:', status?.message ?? '').line(0, 'Source:');
  for (const [label, value] of sourceLines(spec)) text.line(2, `${label}:`, value);
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

export function describeStorageClass(text: DescribeText, storageClass: StorageClass): void {
  const { metadata, provisioner, parameters, mountOptions = [], allowVolumeExpansion } = storageClass;
  const isDefault = metadata.annotations?.[DEFAULT_CLASS] === 'true';
  text.line(0, 'Name:', metadata.name).line(0, 'IsDefaultClass:', isDefault ? 'Yes' : 'No');
  text.verbatim('Annotations', inOneLine(metadata.annotations)).line(0, 'Provisioner:', provisioner);
  text.line(0, 'Parameters:', inOneLine(parameters));
  text.line(0, 'AllowVolumeExpansion:', flagText(allowVolumeExpansion));
  if (mountOptions.length === 0) text.line(0, 'MountOptions:', '<none>');
  else text.line(0, 'MountOptions:');
  for (const option of mountOptions) text.line(1, option);
  text.optional(0, 'ReclaimPolicy', storageClass.reclaimPolicy);
  text.optional(0, 'VolumeBindingMode', storageClass.volumeBindingMode);
}
