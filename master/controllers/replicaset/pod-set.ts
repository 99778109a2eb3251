/**
 * What ReplicaSet and ReplicationController have in common: a number of pods, a selector, a template.
 *
 * The reconciler works on this shape; an adapter a kind (`podSetOfReplicaSet`) says where its fields are.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#alternatives-to-replicationcontroller
 */
import type { ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import { replicaSetResource } from '../../../helper/api/apps/replica-set';
import type { Pod } from '../../../helper/api/core/pod';
import {
  type ReplicationController,
  replicationControllerResource,
} from '../../../helper/api/core/replication-controller';
import type { KubeObject, LabelSelector } from '../../../helper/api/meta';
import { apiVersionOf, type Resource } from '../../../helper/api/resource';
import { controllerReference } from '../../../helper/controller/claim-dependents';

/** Status of both kinds: same fields, same condition types. */
export type PodSetStatus = { -readonly [K in keyof ReplicaSetStatus]: ReplicaSetStatus[K] };

export interface PodSet {
  readonly resource: Resource;
  /** the object itself, apiVersion and kind filled in */
  readonly object: KubeObject & { status?: PodSetStatus };
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly selector: LabelSelector | undefined;
  readonly template: PodTemplateSpec | undefined;
}

/** A ReplicaSet as the reconciler sees it. */
export function podSetOfReplicaSet(replicaSet: ReplicaSet): PodSet {
  const { spec } = replicaSet;
  return {
    resource: replicaSetResource,
    object: { ...replicaSet, apiVersion: apiVersionOf(replicaSetResource), kind: replicaSetResource.kind },
    replicas: spec?.replicas ?? 1,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    selector: spec?.selector,
    template: spec?.template,
  };
}

/** A ReplicationController as the reconciler sees it: its selector is a plain map of labels. */
export function podSetOfReplicationController(controller: ReplicationController): PodSet {
  const { spec } = controller;
  const resource = replicationControllerResource;
  return {
    resource,
    object: { ...controller, apiVersion: apiVersionOf(resource), kind: resource.kind },
    replicas: spec?.replicas ?? 1,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    selector: spec?.selector && { matchLabels: spec.selector },
    template: spec?.template,
  };
}

/** A new pod of the set: the template, a name made by the server, and the set as its controller. */
export function podFromTemplate({ object, template }: PodSet): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const { name, namespace } = object.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${name}-`,
      ...(namespace ? { namespace } : {}),
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(object)],
    },
    ...(template?.spec ? { spec: template.spec } : {}),
  };
}
