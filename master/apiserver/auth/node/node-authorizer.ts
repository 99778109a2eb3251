/**
 * The Node authorizer: a kubelet may read only what its own pods need, and write only about itself and its pods.
 *
 * Secrets, ConfigMaps, claims, volumes and tokens are looked up in the graph; its Node, lease and CSINode go by name; pods by
 * a field selector on its own name. For everything else all nodes have the same rules. What a node may write into an object
 * it may write to is NodeRestriction's business (`node-restriction.ts`).
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
import { NODE_RULES } from '../../../../helper/api/rbac/system-roles';
import { type Access, ALLOWED, type Authorizer, type Decision, NO_OPINION, noOpinion, selectedValue } from '../access';
import { ruleAllows } from '../rbac/rule-matching';
import type { User } from '../user';
import type { GraphResource, NodeGraph } from './node-graph';
import { nodeIdentity } from './node-identity';

export const NODE_LEASE_NAMESPACE = 'kube-node-lease';

type Rule = (node: string, access: Access, graph: () => NodeGraph) => Decision;

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const OWN_OBJECT_VERBS: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);
const isChange = (verb: string) => verb === 'update' || verb === 'patch';

function byGraph(node: string, { resource, namespace, name }: Access, graph: () => NodeGraph): Decision {
  if (!name) return noOpinion('No Object name found');
  if (graph().reaches(node, resource as GraphResource, namespace, name)) return ALLOWED;
  return noOpinion(`no relationship found between node ${JSON.stringify(node)} and this object`);
}

/** One object at a time, by name: the kubelet lists and watches with `metadata.name=`. */
const readReferenced: Rule = (node, access, graph) => {
  if (!READS.has(access.verb)) return noOpinion('can only read resources of this type');
  if (access.subresource) return noOpinion('cannot read subresource');
  if (!access.namespace) return noOpinion('can only read namespaced object of this type');
  return byGraph(node, access, graph);
};

const getReferenced: Rule = (node, access, graph) => {
  if (access.verb !== 'get') return noOpinion('can only get individual resources of this type');
  if (access.subresource) return noOpinion('cannot get subresource');
  return byGraph(node, access, graph);
};

const claim: Rule = (node, access, graph) => {
  if (access.subresource !== 'status') return getReferenced(node, access, graph);
  return isChange(access.verb) ? byGraph(node, access, graph) : noOpinion('can only update status subresource');
};

const token: Rule = (node, access, graph) => {
  if (access.verb !== 'create' || !access.name) {
    return noOpinion('can only create tokens for individual service accounts');
  }
  if (access.subresource !== 'token') return noOpinion('can only create token subresource of serviceaccount');
  return byGraph(node, access, graph);
};

const lease: Rule = (node, { verb, namespace, name }) => {
  if (!OWN_OBJECT_VERBS.has(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (namespace !== NODE_LEASE_NAMESPACE) {
    return noOpinion(`can only access leases in the "${NODE_LEASE_NAMESPACE}" system namespace`);
  }
  // The name of a new object is in the body: NodeRestriction looks.
  if (verb === 'create' || name === node) return ALLOWED;
  return noOpinion('can only access node lease with the same name as the requesting node');
};

const csiNode: Rule = (node, { verb, subresource, name }) => {
  if (!OWN_OBJECT_VERBS.has(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return noOpinion('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return ALLOWED;
  return noOpinion('can only access CSINode with the same name as the requesting node');
};

const ownNode: Rule = (node, { verb, subresource, name }) => {
  if (subresource === 'status') return isChange(verb) ? ALLOWED : NO_OPINION;
  if (subresource) return NO_OPINION;
  if (verb === 'create' || isChange(verb)) return ALLOWED;
  if (!READS.has(verb)) return NO_OPINION;
  if (name === node) return ALLOWED;
  const what = name ? `cannot read '${name}'` : 'cannot read all nodes';
  return noOpinion(`node '${node}' ${what}, only its own Node object`);
};

const ownPods: Rule = (node, access, graph) => {
  const { verb, subresource, fieldSelector } = access;
  if (subresource === 'status') return isChange(verb) ? ALLOWED : NO_OPINION;
  if (subresource === 'eviction') return verb === 'create' ? ALLOWED : NO_OPINION;
  if (subresource) return NO_OPINION;
  if (verb === 'get') return byGraph(node, access, graph);
  if (verb === 'create' || verb === 'delete') return ALLOWED;
  if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (selectedValue(fieldSelector, 'spec.nodeName') === node) return ALLOWED;
  return noOpinion('can only list/watch pods with spec.nodeName field selector');
};

/** By group and resource; what is not here has the same rules for all nodes. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['/secrets', readReferenced],
  ['/configmaps', readReferenced],
  ['/persistentvolumeclaims', claim],
  ['/persistentvolumes', getReferenced],
  ['/serviceaccounts', token],
  ['/nodes', ownNode],
  ['/pods', ownPods],
  ['storage.k8s.io/volumeattachments', getReferenced],
  ['storage.k8s.io/csinodes', csiNode],
  ['coordination.k8s.io/leases', lease],
]);

/** `graph` is called only when a request needs it. */
export class NodeAuthorizer implements Authorizer {
  constructor(private readonly graph: () => NodeGraph) {}

  authorize(user: User, access: Access): Decision {
    const node = nodeIdentity(user);
    if (node === undefined) return NO_OPINION;
    if (node === '') return noOpinion(`unknown node for user ${JSON.stringify(user.name)}`);
    const special = access.isResource ? RULES.get(`${access.group}/${access.resource}`) : undefined;
    if (special) return special(node, access, this.graph);
    return NODE_RULES.some((rule) => ruleAllows(rule, access)) ? ALLOWED : NO_OPINION;
  }
}
