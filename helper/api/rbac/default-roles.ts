/**
 * All roles and bindings a cluster is born with: Kubernetes v1.32's, and those of our components. Plain data.
 *
 * The api-server makes what is missing at every start and adds rules that are new in this version; an object whose annotation
 * `rbac.authorization.kubernetes.io/autoupdate` is "false" is left alone.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { Subject } from 'kubernetes-types/rbac/v1';
import {
  COMPONENT_BINDINGS,
  COMPONENT_ELECTION_BINDING,
  COMPONENT_ELECTION_ROLE,
  COMPONENT_ROLES,
  componentUser,
  INGRESS_PROXY_BINDING,
  INGRESS_PROXY_ROLE,
} from './component-roles';
import { CONTROLLER_BINDINGS, CONTROLLER_ROLES } from './controller-roles';
import { JOINING_BINDINGS, JOINING_CLUSTER_BINDINGS, JOINING_CLUSTER_ROLES, JOINING_ROLES } from './joining-roles';
import {
  bind,
  type DefaultClusterRole,
  type DefaultClusterRoleBinding,
  type DefaultRole,
  type DefaultRoleBinding,
  EVENTS,
  READ,
  role,
  rule,
  serviceAccount,
  user,
} from './policy-rules';
import { SYSTEM_BINDINGS, SYSTEM_ROLES } from './system-roles';
import { USER_ROLES } from './user-roles';

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';

/** `admin`, `edit` and `view` come without rules: aggregation fills them. */
const DEFAULT_CLUSTER_ROLES: readonly DefaultClusterRole[] = [
  ...USER_ROLES,
  ...SYSTEM_ROLES,
  ...CONTROLLER_ROLES,
  ...COMPONENT_ROLES,
  ...JOINING_CLUSTER_ROLES,
];

const DEFAULT_CLUSTER_ROLE_BINDINGS: readonly DefaultClusterRoleBinding[] = [
  ...SYSTEM_BINDINGS,
  ...CONTROLLER_BINDINGS,
  ...COMPONENT_BINDINGS,
  ...JOINING_CLUSTER_BINDINGS,
];

const locking = (component: string) =>
  role(SYSTEM, `system::leader-locking-${component}`, [
    rule('watch', '', 'configmaps'),
    rule('get update', '', 'configmaps', component),
  ]);

const DEFAULT_ROLES: readonly DefaultRole[] = [
  role(SYSTEM, 'extension-apiserver-authentication-reader', [
    rule(READ, '', 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role(SYSTEM, 'system:controller:bootstrap-signer', [rule(READ, '', 'secrets')]),
  role(SYSTEM, 'system:controller:cloud-provider', [rule('create get list watch', '', 'configmaps')]),
  role(SYSTEM, 'system:controller:token-cleaner', [rule('delete get list watch', '', 'secrets'), EVENTS]),
  locking('kube-controller-manager'),
  locking('kube-scheduler'),
  role(PUBLIC, 'system:controller:bootstrap-signer', [
    rule(READ, '', 'configmaps'),
    rule('update', '', 'configmaps', 'cluster-info'),
    EVENTS,
  ]),
  INGRESS_PROXY_ROLE,
  COMPONENT_ELECTION_ROLE,
  ...JOINING_ROLES,
];

const CONTROLLER_MANAGER = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');
/** Signs cluster-info and removes old tokens, under the names of Kubernetes' two controllers for that. */
const TOKEN_KEEPER = user(componentUser('certificate-controller'));
const inSystem = (name: string, ...others: Subject[]) =>
  bind(SYSTEM, `system:controller:${name}`, [serviceAccount(SYSTEM, name), ...others]);

const DEFAULT_ROLE_BINDINGS: readonly DefaultRoleBinding[] = [
  bind(
    SYSTEM,
    'extension-apiserver-authentication-reader',
    [CONTROLLER_MANAGER, SCHEDULER],
    'system::extension-apiserver-authentication-reader',
  ),
  bind(SYSTEM, 'system::leader-locking-kube-controller-manager', [
    CONTROLLER_MANAGER,
    serviceAccount(SYSTEM, 'kube-controller-manager'),
  ]),
  bind(SYSTEM, 'system::leader-locking-kube-scheduler', [SCHEDULER, serviceAccount(SYSTEM, 'kube-scheduler')]),
  inSystem('bootstrap-signer', TOKEN_KEEPER),
  inSystem('cloud-provider'),
  inSystem('token-cleaner', TOKEN_KEEPER),
  bind(PUBLIC, 'system:controller:bootstrap-signer', [serviceAccount(SYSTEM, 'bootstrap-signer'), TOKEN_KEEPER]),
  INGRESS_PROXY_BINDING,
  COMPONENT_ELECTION_BINDING,
  ...JOINING_BINDINGS,
];

/** All of them, in an order in which they can be written: roles before what refers to them. */
export const DEFAULT_RBAC_OBJECTS: readonly (
  | DefaultRole
  | DefaultClusterRole
  | DefaultRoleBinding
  | DefaultClusterRoleBinding
)[] = [...DEFAULT_CLUSTER_ROLES, ...DEFAULT_ROLES, ...DEFAULT_CLUSTER_ROLE_BINDINGS, ...DEFAULT_ROLE_BINDINGS];
