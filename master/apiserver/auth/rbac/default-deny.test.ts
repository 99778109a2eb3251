/**
 * The matrix: every resource of every kind x every verb x who asks. What is not in the tables below is refused.
 */

import { KINDS } from '../../../../helper/api/kinds';
import { COMPONENT_NAMES, componentUser } from '../../../../helper/api/rbac/component-roles';
import { DEFAULT_RBAC_OBJECTS } from '../../../../helper/api/rbac/default-roles';
import { RBAC_GROUP } from '../../../../helper/api/rbac/policy-rules';
import { resourceAccess } from '../access';
import { ANONYMOUS, type User } from '../user';
import { RbacAuthorizer } from './rbac-authorizer';
import type { RoleBinding } from './role-source';
import { defaultRoleSource, userNamed } from './roles.fixture';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const SPECIAL = ['bind', 'escalate', 'impersonate', 'approve', 'sign', 'proxy', 'use'];
const VERBS = [...READ, ...WRITE, ...SPECIAL];
const PATHS = [
  '/api',
  '/apis',
  '/apis/apps/v1',
  '/openapi/v3',
  '/healthz',
  '/livez',
  '/readyz',
  '/version',
  '/metrics',
  '/logs',
  '/',
];

/** `group/resource` or `group/resource/subresource` of everything that is served or named in a role, and of something unknown. */
const RESOURCES = [
  ...new Set([
    ...KINDS.flatMap(({ group, plural, subresources, hasStatus }) => [
      `${group}/${plural}`,
      ...(hasStatus ? [`${group}/${plural}/status`] : []),
      ...subresources.map(({ name }) => `${group}/${plural}/${name}`),
    ]),
    ...DEFAULT_RBAC_OBJECTS.flatMap((object) => ('rules' in object ? (object.rules ?? []) : [])).flatMap(
      ({ apiGroups = [], resources = [] }) => apiGroups.flatMap((group) => resources.map((name) => `${group}/${name}`)),
    ),
    'example.com/widgets',
    'example.com/widgets/status',
  ]),
].filter((resource) => !resource.includes('*'));

const inNamespace = (kind: 'ClusterRole', name: string, who: string): RoleBinding => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'RoleBinding',
  metadata: { name, namespace: 'team' },
  roleRef: { apiGroup: RBAC_GROUP, kind, name },
  subjects: [{ apiGroup: RBAC_GROUP, kind: 'User', name: who }],
});
const USER_ROLES = ['view', 'edit', 'admin'] as const;
const authorizer = new RbacAuthorizer(
  defaultRoleSource(USER_ROLES.map((role) => inNamespace('ClusterRole', role, `${role}er`))),
);

function may(user: User, verb: string, target: string, namespace: string, name = 'x'): boolean {
  const [group = '', resource = '', ...subresource] = target.split('/');
  const parts = { group, subresource: subresource.join('/'), namespace, name };
  return authorizer.authorize(user, resourceAccess(verb, resource, parts)).allowed;
}

/** Everything the user may do there, as `verb group/resource`. */
function allowedCells(user: User, namespace: string): string[] {
  return RESOURCES.flatMap((target) =>
    VERBS.filter((verb) => may(user, verb, target, namespace)).map((verb) => `${verb} ${target}`),
  ).sort();
}

const cells = (table: Readonly<Record<string, string>>): string[] =>
  Object.entries(table)
    .flatMap(([target, verbs]) => verbs.split(' ').map((verb) => `${verb} ${target}`))
    .sort();
const allowedPaths = (user: User) =>
  PATHS.filter((path) => authorizer.authorize(user, { ...resourceAccess('get', ''), isResource: false, path }).allowed);

const SELF = {
  'authorization.k8s.io/selfsubjectaccessreviews': 'create',
  'authorization.k8s.io/selfsubjectrulesreviews': 'create',
  'authentication.k8s.io/selfsubjectreviews': 'create',
};
const EVENTS = { '/events': 'create patch' };

/** What each component asks for, read off its code. The two that know no bounds are tested below. */
const COMPONENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'certificate-controller': {
    'certificates.k8s.io/certificatesigningrequests': 'delete list watch',
    'certificates.k8s.io/certificatesigningrequests/approval': 'patch',
    'certificates.k8s.io/certificatesigningrequests/status': 'patch',
    'authorization.k8s.io/subjectaccessreviews': 'create',
    '/nodes': 'list',
    ...EVENTS,
  },
  // Its ConfigMap too, by its name alone.
  'cluster-dns': {
    '/namespaces': 'list watch',
    '/services': 'list watch',
    'discovery.k8s.io/endpointslices': 'create get list update watch',
    '/nodes': 'get',
    'networking.k8s.io/ingresses': 'list watch',
  },
  'deployment-controller': {
    'apps/deployments': 'get list patch watch',
    'apps/deployments/status': 'update',
    'apps/replicasets': 'create delete list patch update watch',
    '/pods': 'list watch',
    ...EVENTS,
  },
  'endpoints-controller': {
    '/nodes': 'list watch',
    '/services': 'list watch',
    '/pods': 'list watch',
    '/endpoints': 'create delete list update watch',
    'discovery.k8s.io/endpointslices': 'create delete list update watch',
    ...EVENTS,
  },
  'node-controller': {
    '/nodes': 'get list patch watch',
    '/nodes/status': 'update',
    '/pods': 'delete list watch',
    '/pods/status': 'patch',
    'coordination.k8s.io/leases': 'get list watch',
    ...EVENTS,
  },
  overlay: { '/nodes': 'list watch', '/nodes/status': 'patch' },
  'replica-set-controller': {
    'apps/replicasets': 'get list watch',
    'apps/replicasets/status': 'update',
    '/replicationcontrollers': 'get list watch',
    '/replicationcontrollers/status': 'update',
    '/pods': 'create delete list patch watch',
    ...EVENTS,
  },
  'volume-controller': {
    '/persistentvolumes': 'create delete list patch update watch',
    '/persistentvolumes/status': 'patch',
    '/persistentvolumeclaims': 'create get list update watch',
    '/persistentvolumeclaims/status': 'patch',
    '/pods': 'list watch',
    '/nodes': 'list watch',
    '/nodes/proxy': 'delete',
    'storage.k8s.io/storageclasses': 'create list watch',
    ...EVENTS,
  },
  'ingress-controller': {
    'networking.k8s.io/ingresses': 'list watch',
    'networking.k8s.io/ingressclasses': 'list watch',
    'networking.k8s.io/ingresses/status': 'update',
    '/services': 'list watch',
    'discovery.k8s.io/endpointslices': 'list watch',
    '/secrets': 'list watch',
    ...EVENTS,
  },
  'service-controller': {
    '/services': 'list watch',
    '/services/status': 'update',
    'networking.k8s.io/ingresses': 'list watch',
    'networking.k8s.io/ingressclasses': 'create',
    ...EVENTS,
  },
};
const UNBOUNDED = ['garbage-collector', 'namespace-controller', 'resource-quota-controller'];

describe('the default roles refuse by default', () => {
  const DISCOVERY = PATHS.filter((path) => !['/metrics', '/logs', '/'].includes(path));

  it.each(['', 'default', 'kube-system'])('nothing is open to nobody (namespace %p)', (namespace) => {
    expect(allowedCells(ANONYMOUS, namespace)).toEqual([]);
    expect(allowedPaths(ANONYMOUS)).toEqual(['/healthz', '/livez', '/readyz', '/version']);
  });

  it.each(['', 'default', 'kube-system'])(
    'who is somebody may ask what he may, no more (namespace %p)',
    (namespace) => {
      for (const user of [
        userNamed('jane'),
        userNamed('x', 'system:bootstrappers'),
        userNamed('system:serviceaccount:default:default', 'system:serviceaccounts'),
      ]) {
        expect(allowedCells(user, namespace)).toEqual(cells(SELF));
        expect(allowedPaths(user)).toEqual(DISCOVERY);
      }
    },
  );

  it('a node may renew its certificates by RBAC, for the rest the Node authorizer decides', () => {
    const renewing = {
      'certificates.k8s.io/certificatesigningrequests/nodeagentclient': 'create',
      'certificates.k8s.io/certificatesigningrequests/selfnodeclient': 'create',
    };
    expect(allowedCells(userNamed('system:node:n1', 'system:nodes'), 'default')).toEqual(
      cells({ ...SELF, ...renewing }),
    );
  });

  it('a machine that joins may ask for a node’s certificates and read where the cluster is', () => {
    const joiner = userNamed('system:bootstrap:abcdef', 'system:bootstrappers:kubeadm:default-node-token');
    const joining = {
      '/nodes': 'get',
      'certificates.k8s.io/certificatesigningrequests': 'create get list watch',
      'certificates.k8s.io/certificatesigningrequests/nodeagentclient': 'create',
      'certificates.k8s.io/certificatesigningrequests/nodeclient': 'create',
    };
    for (const namespace of ['', 'default', 'kube-system'])
      expect(allowedCells(joiner, namespace)).toEqual(cells({ ...SELF, ...joining }));
    expect(may(joiner, 'get', '/configmaps', 'kube-system', 'minik8s-config')).toBe(true);
    expect(may(ANONYMOUS, 'get', '/configmaps', 'kube-public', 'cluster-info')).toBe(true);
  });

  it.each(Object.entries(COMPONENTS))('%s may do what its code does', (name, table) => {
    const user = userNamed(componentUser(name), 'system:minik8s:components');
    for (const namespace of ['', 'default'])
      expect(allowedCells(user, namespace)).toEqual(cells({ ...SELF, ...table }));
  });

  it('every component has a row in this table', () => {
    expect([...Object.keys(COMPONENTS), ...UNBOUNDED].sort()).toEqual([...COMPONENT_NAMES].sort());
  });

  it('the collectors empty everything and make nothing but what is theirs', () => {
    const made = (name: string) =>
      allowedCells(userNamed(componentUser(name)), 'a').filter(
        (cell) => !/^(get|list|watch|delete|deletecollection) /.test(cell),
      );
    expect(made('resource-quota-controller')).toEqual(
      cells({ ...SELF, ...EVENTS, '/resourcequotas/status': 'update' }),
    );
    expect(made('namespace-controller')).toEqual(
      cells({
        ...SELF,
        ...EVENTS,
        '/namespaces/finalize': 'update',
        '/namespaces/status': 'update',
        '/serviceaccounts': 'create',
        '/configmaps': 'create update',
      }),
    );
    const collected = made('garbage-collector').filter((cell) => !/^(patch|update) /.test(cell));
    expect(collected).toEqual(cells({ ...SELF, '/events': 'create' }));
    expect(may(userNamed(componentUser('namespace-controller')), 'get', '/secrets', 'a')).toBe(false);
  });

  it('Kubernetes’ roles give scheduler and kube-proxy what ours need', () => {
    const scheduler = {
      '/nodes': 'list watch',
      '/pods': 'list watch',
      '/namespaces': 'list watch',
      '/pods/binding': 'create',
      '/pods/status': 'patch',
      ...EVENTS,
    };
    const proxy = { '/services': 'list watch', 'discovery.k8s.io/endpointslices': 'list watch' };
    expect(allowedCells(userNamed('system:kube-scheduler'), '')).toEqual(expect.arrayContaining(cells(scheduler)));
    expect(allowedCells(userNamed('system:kube-proxy'), '')).toEqual(expect.arrayContaining(cells(proxy)));
    for (const name of ['system:kube-scheduler', 'system:kube-proxy']) {
      expect(may(userNamed(name), 'get', '/secrets', 'default')).toBe(false);
      expect(may(userNamed(name), 'create', '/pods', 'default')).toBe(false);
    }
  });
});

describe('view, edit and admin', () => {
  const viewer = allowedCells(userNamed('viewer'), 'team');
  const editor = allowedCells(userNamed('editer'), 'team');
  const admin = allowedCells(userNamed('adminer'), 'team');
  const own = cells(SELF);

  it('count in their namespace only', () => {
    for (const role of USER_ROLES) {
      for (const namespace of ['', 'other', 'kube-system'])
        expect(allowedCells(userNamed(`${role}er`), namespace)).toEqual(own);
    }
  });

  it('view writes nothing and reads no way to more rights', () => {
    const writes = viewer.filter((cell) => !READ.some((verb) => cell.startsWith(`${verb} `)));
    expect(writes).toEqual(own);
    const closed =
      / (?:\/(?:secrets|nodes|pods\/(?:exec|attach|portforward|proxy)|services\/proxy)$|rbac|certificates)/;
    expect(viewer.filter((cell) => closed.test(cell))).toEqual([]);
    expect(viewer).toEqual(
      expect.arrayContaining(cells({ '/pods': 'get list watch', '/pods/log': 'get', 'apps/deployments': 'get' })),
    );
  });

  it('edit has all of view, and no roles, quotas, nodes, namespaces or status', () => {
    expect(editor).toEqual(expect.arrayContaining(viewer));
    const writes = editor.filter((cell) => WRITE.some((verb) => cell.startsWith(`${verb} `)));
    const closed =
      / (?:\/(?:resourcequotas|limitranges|nodes|namespaces|persistentvolumes|bindings|endpoints)(?:$|\/)|rbac|storage|.*\/status$)/;
    expect(writes.filter((cell) => closed.test(cell))).toEqual([]);
    expect(editor.filter((cell) => cell.includes('rbac'))).toEqual([]);
  });

  it('admin has edit and may hand out roles of the namespace', () => {
    const more = admin.filter((cell) => !editor.includes(cell));
    const all = 'create delete deletecollection get list patch update watch';
    expect(more).toEqual(
      cells({
        'authorization.k8s.io/localsubjectaccessreviews': 'create',
        [`${RBAC_GROUP}/roles`]: all,
        [`${RBAC_GROUP}/rolebindings`]: all,
      }),
    );
  });
});
