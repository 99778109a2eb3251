/**
 * The roles people are given: cluster-admin, and admin, edit and view for a namespace.
 *
 * admin, edit and view have no rules of their own: they gather those of all ClusterRoles with their label, so that a new API
 * (a CustomResourceDefinition) joins them by bringing a labelled ClusterRole. view leaves out Secrets and whatever else would
 * lead to more rights than the reader has.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
import {
  aggregatedRole,
  clusterRole,
  type DefaultClusterRole,
  RBAC_GROUP,
  READ,
  READ_WRITE,
  rule,
  urlRule,
  WRITE,
} from './policy-rules';

const TO_ADMIN = 'rbac.authorization.k8s.io/aggregate-to-admin';
const TO_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit';
const TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view';

const LEGACY_WORKLOADS =
  'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale';

export const USER_ROLES: readonly DefaultClusterRole[] = [
  clusterRole('cluster-admin', [rule('*', '*', '*'), urlRule('*', '*')]),
  aggregatedRole('admin', TO_ADMIN),
  aggregatedRole('edit', TO_EDIT, { [TO_ADMIN]: 'true' }),
  aggregatedRole('view', TO_VIEW, { [TO_EDIT]: 'true' }),
  clusterRole(
    'system:aggregate-to-admin',
    [
      rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      rule(READ_WRITE, RBAC_GROUP, 'rolebindings roles'),
    ],
    { [TO_ADMIN]: 'true' },
  ),
  clusterRole(
    'system:aggregate-to-edit',
    [
      // Reading these is as much as doing: a Secret holds tokens, an exec is opened by GET.
      rule(READ, '', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
      rule('impersonate', '', 'serviceaccounts'),
      rule(WRITE, '', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
      rule('create', '', 'pods/eviction'),
      rule(
        WRITE,
        '',
        'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
      ),
      rule('create', '', 'serviceaccounts/token'),
      rule(
        WRITE,
        'apps',
        'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
      ),
      rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
      rule(WRITE, 'batch', 'cronjobs jobs'),
      rule(WRITE, 'extensions', LEGACY_WORKLOADS),
      rule(WRITE, 'policy', 'poddisruptionbudgets'),
      rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
      rule(READ_WRITE, 'coordination.k8s.io', 'leases'),
    ],
    { [TO_EDIT]: 'true' },
  ),
  clusterRole(
    'system:aggregate-to-view',
    [
      rule(
        READ,
        '',
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
      ),
      rule(
        READ,
        '',
        'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
      ),
      // Bound in a namespace, this reads that one Namespace.
      rule(READ, '', 'namespaces'),
      rule(READ, 'discovery.k8s.io', 'endpointslices'),
      rule(
        READ,
        'apps',
        'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
      ),
      rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
      rule(
        READ,
        'extensions',
        'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
      ),
      rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
      rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
    ],
    { [TO_VIEW]: 'true' },
  ),
  // Kubernetes has this one from the manifest of metrics-server.
  clusterRole('system:aggregated-metrics-reader', [rule(READ, 'metrics.k8s.io', 'nodes pods')], {
    [TO_ADMIN]: 'true',
    [TO_EDIT]: 'true',
    [TO_VIEW]: 'true',
  }),
];
