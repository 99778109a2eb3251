/**
 * What a machine may do that joins with a bootstrap token: the bindings kubeadm makes, under kubeadm's names.
 *
 * It reads where the cluster is, asks for its node's certificate (approved by the controller because of these very bindings) and
 * for those of the other components of a node; from then on it is the node. The group is the one `token create` puts into tokens.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#authorize-kubelet-to-create-csr
 */
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

const CERTIFICATES = 'certificates.k8s.io';
const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';
const JOINING = group('system:bootstrappers:kubeadm:default-node-token');
const NODES = group('system:nodes');
const REQUESTS = `system:${CERTIFICATES}:certificatesigningrequests`;
/** May have the certificates of what runs on every node beside the kubelet (`helper/pki/node-agents.ts`). */
const AGENTS_ROLE = 'system:minik8s:certificatesigningrequests:nodeagentclient';
/** Settings every machine of the cluster shares. */
const CONFIG_ROLE = 'minik8s:nodes-config';
const CONFIG_NAME = 'minik8s-config';
const INFO_ROLE = 'kubeadm:bootstrap-signer-clusterinfo';

export const JOINING_CLUSTER_ROLES: readonly DefaultClusterRole[] = [
  clusterRole(AGENTS_ROLE, [rule('create', CERTIFICATES, 'certificatesigningrequests/nodeagentclient')]),
  clusterRole('kubeadm:get-nodes', [rule('get', '', 'nodes')]),
];

export const JOINING_CLUSTER_BINDINGS: readonly DefaultClusterRoleBinding[] = [
  bindCluster('system:node-bootstrapper', [JOINING], 'kubeadm:kubelet-bootstrap'),
  bindCluster(`${REQUESTS}:nodeclient`, [JOINING], 'kubeadm:node-autoapprove-bootstrap'),
  bindCluster(`${REQUESTS}:selfnodeclient`, [NODES], 'kubeadm:node-autoapprove-certificate-rotation'),
  bindCluster('kubeadm:get-nodes', [JOINING]),
  bindCluster(AGENTS_ROLE, [JOINING, NODES]),
];

export const JOINING_ROLES: readonly DefaultRole[] = [
  role(PUBLIC, INFO_ROLE, [rule('get', '', 'configmaps', 'cluster-info')]),
  role(SYSTEM, CONFIG_ROLE, [rule('get', '', 'configmaps', CONFIG_NAME)]),
];

export const JOINING_BINDINGS: readonly DefaultRoleBinding[] = [
  bind(PUBLIC, INFO_ROLE, [user('system:anonymous')]),
  bind(SYSTEM, CONFIG_ROLE, [JOINING, NODES]),
];
