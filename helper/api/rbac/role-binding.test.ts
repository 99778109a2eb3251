import { rulesOf } from '../kind-rules.fixture';
import { roleBindingKind } from './role-binding';

describe('RoleBinding', () => {
  const rules = rulesOf(roleBindingKind, 'role-binding');

  rules.fillsIn([
    [
      { 'roleRef/apiGroup': undefined },
      {
        'roleRef/apiGroup': 'rbac.authorization.k8s.io',
        'subjects/0/apiGroup': 'rbac.authorization.k8s.io',
        'subjects/1/apiGroup': undefined,
      },
    ],
  ]);

  rules.refuses([
    [
      { 'roleRef/kind': 'Deployment' },
      'roleRef.kind: Unsupported value: "Deployment": supported values: "Role", "ClusterRole"',
    ],
    [{ 'roleRef/name': undefined }, 'roleRef.name: Required value'],
    [
      { 'roleRef/apiGroup': 'apps' },
      'roleRef.apiGroup: Unsupported value: "apps": supported values: "rbac.authorization.k8s.io"',
    ],
    [
      { 'subjects/0/kind': 'Robot' },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
    [{ 'subjects/0/name': undefined }, 'subjects[0].name: Required value'],
    [
      { 'subjects/1/apiGroup': 'rbac.authorization.k8s.io' },
      'subjects[1].apiGroup: Unsupported value: "rbac.authorization.k8s.io": supported values: ""',
    ],
    [
      { 'subjects/0/apiGroup': 'x' },
      'subjects[0].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
    ],
    [{ 'roleRef/name': 'a/b' }, 'roleRef.name: Invalid value: "a/b": may not contain \'/\''],
  ]);

  rules.accepts([{ 'roleRef/kind': 'ClusterRole' }, { subjects: undefined }, { 'subjects/1/namespace': undefined }]);

  rules.refusesChanges([
    [
      { 'roleRef/name': 'other' },
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"other"}: cannot change roleRef',
    ],
  ]);

  rules.acceptsChanges([{ subjects: [] }]);
});
