/**
 * What each of our own components may do: exactly the requests its code makes, and nothing more.
 *
 * Each is a process with a certificate of its own, user `system:minik8s:<component>`, so a stolen kubeconfig is worth one
 * controller. The rows are read off the code: what its informers follow (list, watch), what its plans write. A row that is too
 * narrow shows at once, as "forbidden" in that component's log. kube-proxy and the scheduler have Kubernetes' roles
 * (`system-roles.ts`), nodes the Node authorizer.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import {
  bind,
  bindCluster,
  clusterRole,
  type DefaultClusterRole,
  type DefaultClusterRoleBinding,
  type DefaultRole,
  type DefaultRoleBinding,
  group,
  role,
  rule,
  user,
} from './policy-rules';

/** The recorder writes core Events and raises their count. */
const RECORDED_EVENTS = rule('create patch', '', 'events');

/** The signers of the cluster's CA. */
const SIGNERS =
  'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving';

const RULES: Readonly<Record<string, PolicyRule[]>> = {
  'certificate-controller': [
    rule('delete list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('patch', 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'),
    rule('approve sign', 'certificates.k8s.io', 'signers', SIGNERS),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule('list', '', 'nodes'), // a node may not have a certificate for another one's address
    RECORDED_EVENTS,
  ],
  'cluster-dns': [
    rule('list watch', '', 'namespaces services'),
    rule('list watch', '', 'configmaps', 'kube-dns'), // its own configuration
    rule('list watch', 'networking.k8s.io', 'ingresses'), // their hosts are names too
    rule('create get list update watch', 'discovery.k8s.io', 'endpointslices'),
    rule('get', '', 'nodes'),
  ],
  'deployment-controller': [
    rule('get list patch watch', 'apps', 'deployments'), // get: is it still there, before it adopts
    rule('update', 'apps', 'deployments/status'),
    rule('create delete list patch update watch', 'apps', 'replicasets'),
    rule('list watch', '', 'pods'),
    RECORDED_EVENTS,
  ],
  'endpoints-controller': [
    // Nodes for their zones, which topology hints speak of.
    rule('list watch', '', 'nodes pods services'),
    rule('create delete list update watch', '', 'endpoints'),
    rule('create delete list update watch', 'discovery.k8s.io', 'endpointslices'),
    RECORDED_EVENTS,
  ],
  'garbage-collector': [rule('delete get list patch update watch', '*', '*'), RECORDED_EVENTS],
  'ingress-controller': [
    rule('list watch', 'networking.k8s.io', 'ingresses ingressclasses'),
    rule('update', 'networking.k8s.io', 'ingresses/status'),
    rule('list watch', '', 'services'),
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
    rule('list watch', '', 'secrets'), // certificates; and, in kube-system, what INGRESS_PROXY_ROLE says
    RECORDED_EVENTS,
  ],
  'namespace-controller': [
    // Whatever kinds there are, a deleted namespace is emptied of them.
    rule('delete deletecollection list', '*', '*'),
    rule('list watch', '', 'namespaces'),
    rule('update', '', 'namespaces/finalize namespaces/status'),
    rule('create list watch', '', 'serviceaccounts'),
    rule('create list update watch', '', 'configmaps'),
    RECORDED_EVENTS,
  ],
  'node-controller': [
    rule('get list patch watch', '', 'nodes'),
    rule('update', '', 'nodes/status'),
    rule('delete list watch', '', 'pods'),
    rule('patch', '', 'pods/status'),
    rule('get list watch', 'coordination.k8s.io', 'leases'),
    RECORDED_EVENTS,
  ],
  // On every node; what it tells of its node goes where the kubelet's status goes.
  overlay: [rule('list watch', '', 'nodes'), rule('patch', '', 'nodes/status')],
  'replica-set-controller': [
    rule('get list watch', 'apps', 'replicasets'),
    rule('update', 'apps', 'replicasets/status'),
    rule('get list watch', '', 'replicationcontrollers'),
    rule('update', '', 'replicationcontrollers/status'),
    rule('create delete list patch watch', '', 'pods'),
    RECORDED_EVENTS,
  ],
  // Whatever has objects can be counted.
  'resource-quota-controller': [
    rule('list watch', '*', '*'),
    rule('update', '', 'resourcequotas/status'),
    RECORDED_EVENTS,
  ],
  'volume-controller': [
    rule('create delete list patch update watch', '', 'persistentvolumes'),
    rule('patch', '', 'persistentvolumes/status persistentvolumeclaims/status'),
    rule('create get list update watch', '', 'persistentvolumeclaims'),
    rule('list watch', '', 'pods nodes'),
    rule('create list watch', 'storage.k8s.io', 'storageclasses'),
    rule('delete', '', 'nodes/proxy'), // the data of local volumes
    RECORDED_EVENTS,
  ],
  'service-controller': [
    rule('list watch', '', 'services'),
    rule('update', '', 'services/status'),
    rule('create', 'networking.k8s.io', 'ingressclasses'),
    rule('list watch', 'networking.k8s.io', 'ingresses'), // the first one wakes the ingress controller
    RECORDED_EVENTS,
  ],
};

const PREFIX = 'system:minik8s:';
/** Every component's certificate names this group too. */
const COMPONENTS_GROUP = 'system:minik8s:components';
const SYSTEM_NAMESPACE = 'kube-system';

/** Our components that have a role here, by component name. */
export const COMPONENT_NAMES: readonly string[] = Object.keys(RULES);

export const componentUser = (name: string): string => PREFIX + name;

export const COMPONENT_ROLES: readonly DefaultClusterRole[] = Object.entries(RULES).map(([name, rules]) =>
  clusterRole(PREFIX + name, rules),
);

export const COMPONENT_BINDINGS: readonly DefaultClusterRoleBinding[] = [
  ...COMPONENT_NAMES.map((name) => bindCluster(PREFIX + name, [user(componentUser(name))])),
  // The api-server itself, towards the kubelets: logs, exec, port-forward.
  bindCluster('system:kubelet-api-admin', [user('kube-apiserver-kubelet-client')], `${PREFIX}kubelet-api-admin`),
];

/** Copies of a component elect the one that acts, by a Lease with the component's name. */
export const COMPONENT_ELECTION_ROLE: DefaultRole = role(SYSTEM_NAMESPACE, `${PREFIX}leader-election`, [
  rule('create', 'coordination.k8s.io', 'leases'),
  rule('get update', 'coordination.k8s.io', 'leases', ['scheduler', ...COMPONENT_NAMES].join(' ')),
]);

export const COMPONENT_ELECTION_BINDING: DefaultRoleBinding = bind(
  SYSTEM_NAMESPACE,
  COMPONENT_ELECTION_ROLE.metadata.name,
  [group(COMPONENTS_GROUP)],
);

/** The ingress controller makes nginx' pods and hands them their configuration, in this namespace only. */
export const INGRESS_PROXY_ROLE: DefaultRole = role(SYSTEM_NAMESPACE, `${PREFIX}ingress-proxy`, [
  rule('create', '', 'services secrets'),
  rule('patch', '', 'secrets', 'ingress-nginx-configuration'),
  rule('create', 'apps', 'deployments'),
  rule('list watch', '', 'pods'),
  rule('create get', '', 'pods/exec'),
]);

export const INGRESS_PROXY_BINDING: DefaultRoleBinding = bind(SYSTEM_NAMESPACE, INGRESS_PROXY_ROLE.metadata.name, [
  user(componentUser('ingress-controller')),
]);
