/**
 * Which node may reach which object: node <- pod <- Secret, ConfigMap, claim, ServiceAccount; claim <- volume <- Secret.
 *
 * Kept as counts of references by node, so that the question costs two look-ups whatever the cluster's size. Pods and
 * PersistentVolumes are put in and taken out as they come and go; putting one in again replaces what it said before.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
import type { PersistentVolume as PublishedPersistentVolume } from 'kubernetes-types/core/v1';
import type { VolumeAttachment as PublishedVolumeAttachment } from 'kubernetes-types/storage/v1';
import type { Pod } from '../../../../helper/api/core/pod';
import type { ApiObject } from '../../../../helper/api/meta';
import { referencesOf } from './pod-references';

export type PersistentVolume = ApiObject<PublishedPersistentVolume>;
export type VolumeAttachment = ApiObject<PublishedVolumeAttachment>;

/** Resources that are reached through the graph. */
export type GraphResource =
  | 'pods'
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'serviceaccounts'
  | 'persistentvolumes'
  | 'volumeattachments';

const vertex = (resource: GraphResource, namespace: string, name: string) => `${resource}/${namespace}/${name}`;

interface PlacedPod {
  readonly node: string;
  readonly vertices: readonly string[];
}

function volumeSecrets({ spec }: PersistentVolume): string[] {
  const claimNamespace = spec?.claimRef?.namespace ?? '';
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec ?? {};
  const references = [
    ...[cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map((source) => source?.secretRef),
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace },
  ];
  return references.flatMap((reference) =>
    reference?.name ? [vertex('secrets', reference.namespace ?? claimNamespace, reference.name)] : [],
  );
}

export class NodeGraph {
  private readonly pods = new Map<string, PlacedPod>();
  /** node -> vertex -> pods that need it */
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly volumes = new Map<string, readonly string[]>();
  /** vertex -> volume that brings it -> claim through which it is reached */
  private readonly claimsOf = new Map<string, Map<string, string>>();
  private readonly attachments = new Map<string, string>();

  clearPods(): void {
    this.pods.clear();
    this.counts.clear();
  }

  clearVolumes(): void {
    this.volumes.clear();
    this.claimsOf.clear();
  }

  clearAttachments(): void {
    this.attachments.clear();
  }

  putPod(pod: Pod): void {
    const { namespace = '', name } = pod.metadata;
    this.removePod(namespace, name);
    const node = pod.spec?.nodeName;
    if (!node) return;
    const vertices = new Set([vertex('pods', namespace, name)]);
    for (const [resource, names] of Object.entries(referencesOf(pod))) {
      for (const referenced of names) vertices.add(vertex(resource as GraphResource, namespace, referenced));
    }
    const placed = { node, vertices: [...vertices] };
    this.pods.set(`${namespace}/${name}`, placed);
    this.count(placed, 1);
  }

  removePod(namespace: string, name: string): void {
    const placed = this.pods.get(`${namespace}/${name}`);
    if (!placed) return;
    this.pods.delete(`${namespace}/${name}`);
    this.count(placed, -1);
  }

  putVolume(volume: PersistentVolume): void {
    const { name } = volume.metadata;
    this.removeVolume(name);
    const claimRef = volume.spec?.claimRef;
    if (!claimRef?.name) return;
    const claim = vertex('persistentvolumeclaims', claimRef.namespace ?? '', claimRef.name);
    const vertices = [vertex('persistentvolumes', '', name), ...volumeSecrets(volume)];
    this.volumes.set(name, vertices);
    for (const each of vertices) {
      const claims = this.claimsOf.get(each) ?? new Map<string, string>();
      this.claimsOf.set(each, claims.set(name, claim));
    }
  }

  removeVolume(name: string): void {
    const vertices = this.volumes.get(name) ?? [];
    this.volumes.delete(name);
    for (const each of vertices) {
      const claims = this.claimsOf.get(each);
      claims?.delete(name);
      if (claims?.size === 0) this.claimsOf.delete(each);
    }
  }

  putAttachment({ metadata, spec }: VolumeAttachment): void {
    this.attachments.set(metadata.name, spec.nodeName);
  }

  removeAttachment(name: string): void {
    this.attachments.delete(name);
  }

  /** True when a pod of the node leads to the object. `namespace` is '' for objects of the cluster scope. */
  reaches(node: string, resource: GraphResource, namespace: string, name: string): boolean {
    if (resource === 'volumeattachments') return this.attachments.get(name) === node;
    const counts = this.counts.get(node);
    if (!counts) return false;
    const wanted = vertex(resource, namespace, name);
    if (counts.has(wanted)) return true;
    for (const claim of this.claimsOf.get(wanted)?.values() ?? []) {
      if (counts.has(claim)) return true;
    }
    return false;
  }

  private count({ node, vertices }: PlacedPod, step: 1 | -1): void {
    const counts = this.counts.get(node) ?? new Map<string, number>();
    this.counts.set(node, counts);
    for (const each of vertices) {
      const next = (counts.get(each) ?? 0) + step;
      if (next > 0) counts.set(each, next);
      else counts.delete(each);
    }
    if (counts.size === 0) this.counts.delete(node);
  }
}
