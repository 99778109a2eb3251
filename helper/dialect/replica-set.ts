/**
 * Dialect ReplicaSet -> canonical ReplicaSet: the pod template is the object itself, `metadata.labels` are its labels and the
 * selector.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
import { type ReplicaSet, replicaSetResource } from '../api/apps/replica-set';
import type { FieldReader } from './field-reader';
import { readTemplate } from './pod';
import { readName } from './read-metadata';

const MAX_REPLICAS = 10_000;

export function convertReplicaSet(fields: FieldReader): ReplicaSet {
  const { name, annotations: nameAnnotations } = readName(fields);
  const spec = fields.nested('spec');
  const replicas = spec?.integer('replicas', 0, MAX_REPLICAS);
  spec?.refuseUnknown();
  const template = readTemplate(fields);
  fields.refuseUnknown();
  // Without labels the set could not tell its pods from others'.
  const labels = Object.keys(template.labels).length > 0 ? template.labels : { 'minik8s.io/replicaset': name };
  return {
    apiVersion: 'apps/v1',
    kind: replicaSetResource.kind,
    metadata: { name, labels, annotations: { ...nameAnnotations, ...template.annotations } },
    spec: {
      replicas: replicas ?? 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations: template.annotations }, spec: template.spec },
    },
  };
}
