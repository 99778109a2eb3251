import { rulesOf } from '../kind-rules.fixture';
import { clusterRoleBindingKind } from './cluster-role-binding';

describe('ClusterRoleBinding', () => {
  const rules = rulesOf(clusterRoleBindingKind, 'cluster-role-binding');

  rules.refuses([
    [{ 'roleRef/kind': 'Role' }, 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    [{ 'subjects/0': { kind: 'ServiceAccount', name: 'x' } }, 'subjects[0].namespace: Required value'],
    [{ 'subjects/0/name': '' }, 'subjects[0].name: Required value'],
  ]);

  rules.accepts([{ 'subjects/0': { kind: 'ServiceAccount', name: 'x', namespace: 'y' } }]);

  rules.refusesChanges([
    [
      { 'roleRef/name': 'x' },
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"x"}: cannot change roleRef',
    ],
  ]);
});
