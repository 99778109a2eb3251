/**
 * The roles everybody has by being somebody (discovery, what am I allowed), and those of Kubernetes' components and add-ons.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import {
  bindCluster,
  clusterRole,
  type DefaultClusterRole,
  type DefaultClusterRoleBinding,
  EVENTS,
  group,
  READ,
  rule,
  serviceAccount,
  urlRule,
  user,
} from './policy-rules';

const AUTHENTICATED = group('system:authenticated');
const UNAUTHENTICATED = group('system:unauthenticated');
const HEALTH = '/healthz /livez /readyz';
const SIGNER = 'kubernetes.io';
const CERTIFICATES = 'certificates.k8s.io';

const mayCheckAccess = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
];

/** Takes part in electing a leader under the given lease. */
const leaderRules = (lease: string) => [
  rule('create', 'coordination.k8s.io', 'leases'),
  rule('get update', 'coordination.k8s.io', 'leases', lease),
];

/**
 * What any node may do. The Node authorizer narrows this down to a node's own objects; the role `system:node` is kept for
 * whoever wants it, bound to nobody.
 */
export const NODE_RULES: readonly PolicyRule[] = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  rule(READ, '', 'services'),
  rule('create get list watch', '', 'nodes'),
  rule('patch update', '', 'nodes/status'),
  rule('patch update', '', 'nodes'),
  rule('create patch update', '', 'events'),
  rule(READ, '', 'pods'),
  rule('create delete', '', 'pods'),
  rule('patch update', '', 'pods/status'),
  rule('create', '', 'pods/eviction'),
  rule(READ, '', 'configmaps secrets'),
  rule('get', '', 'persistentvolumeclaims persistentvolumes'),
  rule('get', '', 'endpoints'),
  rule('create get list watch', CERTIFICATES, 'certificatesigningrequests'),
  rule('create delete get patch update', 'coordination.k8s.io', 'leases'),
  rule('get', 'storage.k8s.io', 'volumeattachments'),
  rule('get patch update', '', 'persistentvolumeclaims/status'),
  rule('create', '', 'serviceaccounts/token'),
  rule(READ, 'storage.k8s.io', 'csidrivers'),
  rule('create delete get patch update', 'storage.k8s.io', 'csinodes'),
  rule(READ, 'node.k8s.io', 'runtimeclasses'),
];

const SCHEDULER_RULES: PolicyRule[] = [
  EVENTS,
  ...leaderRules('kube-scheduler'),
  rule(READ, '', 'nodes'),
  rule('delete get list watch', '', 'pods'),
  rule('create', '', 'bindings pods/binding'),
  rule('patch update', '', 'pods/status'),
  rule(READ, '', 'replicationcontrollers services'),
  rule(READ, 'apps extensions', 'replicasets'),
  rule(READ, 'apps', 'statefulsets'),
  rule(READ, 'policy', 'poddisruptionbudgets'),
  rule(READ, '', 'persistentvolumeclaims persistentvolumes'),
  ...mayCheckAccess,
  rule(READ, 'storage.k8s.io', 'csinodes'),
  rule(READ, '', 'namespaces'),
  rule(READ, 'storage.k8s.io', 'csidrivers'),
  rule(READ, 'storage.k8s.io', 'csistoragecapacities'),
  rule(READ, 'storage.k8s.io', 'volumeattachments'),
];

const CONTROLLER_MANAGER_RULES: PolicyRule[] = [
  EVENTS,
  ...leaderRules('kube-controller-manager'),
  rule('create', '', 'secrets serviceaccounts'),
  rule('delete', '', 'secrets'),
  rule('get', '', 'configmaps namespaces secrets serviceaccounts'),
  rule('update', '', 'secrets serviceaccounts'),
  ...mayCheckAccess,
  rule('list watch', '*', '*'),
  rule('create', '', 'serviceaccounts/token'),
];

const approver = (name: string, signer: string) =>
  clusterRole(`system:${CERTIFICATES}:${name}`, [rule('approve', CERTIFICATES, 'signers', `${SIGNER}/${signer}`)]);

const signingRequest = (name: string) =>
  clusterRole(`system:${CERTIFICATES}:certificatesigningrequests:${name}`, [
    rule('create', CERTIFICATES, `certificatesigningrequests/${name}`),
  ]);

export const SYSTEM_ROLES: readonly DefaultClusterRole[] = [
  clusterRole('system:discovery', [
    urlRule('get', `/api /api/* /apis /apis/* ${HEALTH} /openapi /openapi/* /version /version/`),
  ]),
  clusterRole('system:basic-user', [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [urlRule('get', `${HEALTH} /version /version/`)]),
  clusterRole('system:monitoring', [
    urlRule('get', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
  ]),
  clusterRole('system:heapster', [
    rule(READ, '', 'events namespaces nodes pods'),
    rule(READ, 'extensions', 'deployments'),
  ]),
  clusterRole('system:node', [...NODE_RULES]),
  clusterRole('system:node-problem-detector', [rule('get', '', 'nodes'), rule('patch', '', 'nodes/status'), EVENTS]),
  clusterRole('system:kubelet-api-admin', [
    rule(READ, '', 'nodes'),
    rule('proxy', '', 'nodes'),
    rule('*', '', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
  ]),
  clusterRole('system:node-bootstrapper', [rule('create get list watch', CERTIFICATES, 'certificatesigningrequests')]),
  clusterRole('system:auth-delegator', mayCheckAccess),
  clusterRole('system:kube-aggregator', [rule(READ, '', 'endpoints services')]),
  clusterRole('system:kube-controller-manager', CONTROLLER_MANAGER_RULES),
  clusterRole('system:kube-scheduler', SCHEDULER_RULES),
  clusterRole('system:kube-dns', [rule('list watch', '', 'endpoints services')]),
  clusterRole('system:persistent-volume-provisioner', [
    rule('create delete get list watch', '', 'persistentvolumes'),
    rule('get list update watch', '', 'persistentvolumeclaims'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
    rule('watch', '', 'events'),
    EVENTS,
  ]),
  clusterRole('system:volume-scheduler', [
    rule('get list patch update watch', '', 'persistentvolumes'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
    rule('get list patch update watch', '', 'persistentvolumeclaims'),
  ]),
  clusterRole('system:node-proxier', [
    rule('list watch', '', 'endpoints services'),
    rule(READ, '', 'nodes'),
    EVENTS,
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    urlRule(
      'get',
      '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ),
  ]),
  signingRequest('nodeclient'),
  signingRequest('selfnodeclient'),
  approver('legacy-unknown-approver', 'legacy-unknown'),
  approver('kubelet-serving-approver', 'kubelet-serving'),
  approver('kube-apiserver-client-approver', 'kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet-approver', 'kube-apiserver-client-kubelet'),
];

export const SYSTEM_BINDINGS: readonly DefaultClusterRoleBinding[] = [
  bindCluster('cluster-admin', [group('system:masters')]),
  bindCluster('system:discovery', [AUTHENTICATED]),
  bindCluster('system:basic-user', [AUTHENTICATED]),
  bindCluster('system:public-info-viewer', [AUTHENTICATED, UNAUTHENTICATED]),
  bindCluster('system:monitoring', [group('system:monitoring')]),
  bindCluster('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  bindCluster('system:kube-scheduler', [user('system:kube-scheduler')]),
  bindCluster('system:volume-scheduler', [user('system:kube-scheduler')]),
  bindCluster('system:node-proxier', [user('system:kube-proxy')]),
  bindCluster('system:kube-dns', [serviceAccount('kube-system', 'kube-dns')]),
  bindCluster('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
  // Nodes are authorized one by one by the Node authorizer; the binding stays, empty, as in Kubernetes.
  bindCluster('system:node', []),
];
