/**
 * NodeRestriction: what a kubelet may write into the objects the Node authorizer lets it write to. Pure.
 *
 * Its own Node without taints and foreign labels; its own lease and CSINode; the status of its own pods; mirror pods of its own
 * that refer to nothing; tokens bound to its own pods. A node that was broken into so keeps to itself.
 * Kubernetes also guards resource claims of dynamic allocation; left out because those are not served.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */

import type { TokenRequest } from 'kubernetes-types/authentication/v1';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { type Node, nodeResource } from '../../../../helper/api/core/node';
import { type Pod, podResource } from '../../../../helper/api/core/pod';
import type { KubeObject } from '../../../../helper/api/meta';
import { notFound } from '../../../../helper/api/status-error';
import { sameValue } from '../../../../helper/api/validate-metadata';
import { NODE_LEASE_NAMESPACE } from './node-authorizer';
import { forbiddenLabels } from './node-labels';
import { MIRROR_ANNOTATION, specReferences } from './pod-references';

/** One write of a node. */
export interface NodeWrite {
  /** the node that asks */
  readonly node: string;
  readonly operation: 'create' | 'update' | 'delete';
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** of the object in the path, or of the new object */
  readonly name: string;
  /** what is to be stored, or the body sent to a subresource */
  readonly object: unknown;
  readonly old?: KubeObject | undefined;
}

/** The cluster as it is. */
export interface NodeView {
  pod(namespace: string, name: string): Pod | undefined;
  node(name: string): Node | undefined;
}

/** Why it is refused; undefined when it is not. */
type Refusal = string | undefined;
type Rule = (write: NodeWrite, view: NodeView) => Refusal;

const quoted = (text: string) => JSON.stringify(text);

function existingPod({ namespace }: NodeWrite, name: string, view: NodeView): Pod {
  const pod = view.pod(namespace, name);
  if (!pod) throw notFound(podResource, name);
  return pod;
}

function ownerRefusal(node: string, { metadata }: Pod, view: NodeView): Refusal {
  const { ownerReferences: owners = [] } = metadata;
  const [owner] = owners;
  if (owners.length > 1) return `node ${quoted(node)} can only create pods with a single owner reference set to itself`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `node ${quoted(node)} can only create pods with an owner reference set to itself`;
  }
  if (!owner.controller)
    return `node ${quoted(node)} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `node ${quoted(node)} must not set blockOwnerDeletion on an owner reference`;
  const existing = view.node(node);
  if (!existing) throw notFound(nodeResource, node);
  const uid = existing.metadata.uid ?? '';
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

/** A mirror pod shows what the kubelet runs from a file; it must not be a way to reach anything. */
function mirrorPodRefusal({ node, object }: NodeWrite, view: NodeView): Refusal {
  const pod = object as Pod;
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined) {
    return `pod does not have "${MIRROR_ANNOTATION}" annotation, node ${quoted(node)} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node) return `node ${quoted(node)} can only create pods with spec.nodeName set to itself`;
  const ofOwner = ownerRefusal(node, pod, view);
  if (ofOwner) return ofOwner;
  const { serviceaccounts, ...objects } = specReferences(pod);
  if (serviceaccounts.length > 0) return `node ${quoted(node)} can not create pods that reference a service account`;
  const used = Object.entries(objects).find(([, names]) => names.length > 0);
  return used && `node ${quoted(node)} can not create pods that reference ${used[0]}`;
}

const podRule: Rule = (write, view) => {
  const { node, operation, name } = write;
  if (operation === 'create') return mirrorPodRefusal(write, view);
  if (operation === 'delete') {
    const isOwn = existingPod(write, name, view).spec?.nodeName === node;
    return isOwn ? undefined : `node ${quoted(node)} can only delete pods with spec.nodeName set to itself`;
  }
  return `unexpected operation "UPDATE", node ${quoted(node)} can only create and delete mirror pods`;
};

const podStatusRule: Rule = ({ node, object, old }) => {
  const [next, current] = [object as Pod, old as Pod | undefined];
  if (current?.spec?.nodeName !== node) {
    return `node ${quoted(node)} can only update pod status for pods with spec.nodeName set to itself`;
  }
  const isSame = sameValue(next.metadata.labels ?? {}, current.metadata.labels ?? {});
  return isSame ? undefined : `node ${quoted(node)} cannot update labels through pod status`;
};

const podEvictionRule: Rule = (write, view) => {
  const isOwn = existingPod(write, write.name, view).spec?.nodeName === write.node;
  return isOwn ? undefined : `node ${write.node} can only evict pods with spec.nodeName set to itself`;
};

const nodeRule: Rule = ({ node, operation, name, object, old }) => {
  if (name !== node) return `node ${quoted(node)} is not allowed to modify node ${quoted(name)}`;
  if (operation === 'delete') return undefined;
  const [next, current] = [object as Node, old as Node | undefined];
  const hasConfigSource = next.spec?.configSource !== undefined;
  if (!current) {
    if (hasConfigSource) return `node ${quoted(node)} is not allowed to create pods with a non-nil configSource`;
    const labels = forbiddenLabels(next.metadata.labels);
    if (labels.length === 0) return undefined;
    return `node ${quoted(node)} is not allowed to set the following labels: ${labels.join(', ')}`;
  }
  if (hasConfigSource && !sameValue(next.spec?.configSource, current.spec?.configSource)) {
    return `node ${quoted(node)} is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!sameValue(next.spec?.taints ?? [], current.spec?.taints ?? [])) {
    return `node ${quoted(node)} is not allowed to modify taints`;
  }
  const labels = forbiddenLabels(next.metadata.labels, current.metadata.labels);
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
};

const claimRule: Rule = ({ node, subresource, object, old }) => {
  if (subresource !== 'status') return 'may only update PVC status';
  const withoutResize = (claim: PersistentVolumeClaim) => {
    const { resourceVersion: _version, managedFields: _fields, ...metadata } = claim.metadata ?? {};
    const {
      capacity: _a,
      conditions: _b,
      allocatedResources: _c,
      allocatedResourceStatuses: _d,
      ...status
    } = (claim.status ?? {}) as Record<string, unknown>;
    return { ...claim, metadata, status };
  };
  const isSame = sameValue(
    withoutResize(object as PersistentVolumeClaim),
    withoutResize(old as unknown as PersistentVolumeClaim),
  );
  if (isSame) return undefined;
  return `node ${quoted(node)} is not allowed to update fields other than status.capacity and status.conditions`;
};

const tokenRule: Rule = (write, view) => {
  if (write.operation !== 'create' || write.subresource !== 'token') return undefined;
  const ref = (write.object as TokenRequest).spec?.boundObjectRef;
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod';
  if (!ref.uid) return 'node requested token with a pod binding without a uid';
  const pod = existingPod(write, ref.name, view);
  if (ref.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  return pod.spec?.nodeName === write.node
    ? undefined
    : 'node requested token bound to a pod scheduled on a different node';
};

const leaseRule: Rule = ({ node, namespace, name }) => {
  if (namespace !== NODE_LEASE_NAMESPACE) {
    return `can only access leases in the "${NODE_LEASE_NAMESPACE}" system namespace`;
  }
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node';
};

const csiNodeRule: Rule = ({ node, name }) =>
  name === node ? undefined : 'can only access CSINode with the same name as the requesting node';

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['/pods', podRule],
  ['/pods/status', podStatusRule],
  ['/pods/eviction', podEvictionRule],
  ['/nodes', nodeRule],
  ['/nodes/status', nodeRule],
  ['/persistentvolumeclaims', claimRule],
  ['/persistentvolumeclaims/status', claimRule],
  ['/serviceaccounts/token', tokenRule],
  ['coordination.k8s.io/leases', leaseRule],
  ['storage.k8s.io/csinodes', csiNodeRule],
]);

/** Whether any write of this resource has a rule. */
export const isRestricted = (group: string, resource: string): boolean =>
  RULES.has(`${group}/${resource}`) || (group === '' && resource === 'serviceaccounts');

/**
 * Why this write of a node is refused; undefined when it is not. Throws NotFound when it is about a pod or node that is not there.
 * Kinds without a rule here are guarded by authorization alone.
 */
export function nodeWriteRefusal(write: NodeWrite, view: NodeView): Refusal {
  if (write.node === '') return 'could not determine node from the user';
  const { group, resource, subresource } = write;
  const rule = RULES.get(`${group}/${resource}${subresource ? `/${subresource}` : ''}`);
  if (rule) return rule(write, view);
  if (group === '' && resource === 'pods') {
    return `unexpected pod subresource ${quoted(subresource)}, only 'status' and 'eviction' are allowed`;
  }
  return undefined;
}
