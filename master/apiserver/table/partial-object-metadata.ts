/**
 * Objects reduced to their metadata: what the garbage collector and other readers of labels and owners ask for.
 *
 * Asked for with `Accept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io` (or ...List for lists).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
import type { KubeList, KubeObject, ObjectMeta } from '../../../helper/api/meta';

type MetaApiVersion = 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';

/** meta.k8s.io PartialObjectMetadata: an object of any kind without spec and status. */
export interface PartialObjectMetadata {
  kind: 'PartialObjectMetadata';
  apiVersion: MetaApiVersion;
  metadata: ObjectMeta;
}

export interface PartialObjectMetadataList {
  kind: 'PartialObjectMetadataList';
  apiVersion: MetaApiVersion;
  metadata: KubeList['metadata'];
  items: PartialObjectMetadata[];
}

/** One object as its metadata alone. */
export function toPartialObjectMetadata(
  object: KubeObject,
  apiVersion: MetaApiVersion = 'meta.k8s.io/v1',
): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}

/** A list as the metadata of its items. */
export function toPartialObjectMetadataList(
  objects: readonly KubeObject[],
  listMetadata: KubeList['metadata'] = {},
  apiVersion: MetaApiVersion = 'meta.k8s.io/v1',
): PartialObjectMetadataList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata: listMetadata,
    items: objects.map((object) => toPartialObjectMetadata(object, apiVersion)),
  };
}
