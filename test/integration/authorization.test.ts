/**
 * Who may do what, over the real server: roles and bindings at work, aggregation, escalation, impersonation, nodes.
 */
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap, makeDefaultAccount, PODS, pod } from './objects';
import { type Answer, startTestServer, type TestServer } from './test-server';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const SECRETS = '/api/v1/namespaces/default/secrets';
const ROLE = { apiGroup: 'rbac.authorization.k8s.io' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
}, 30_000);
afterAll(() => server.stop());

/** One request as somebody else, by way of impersonation. */
function as(user: string, groups = '') {
  const headers = { 'impersonate-user': user, ...(groups ? { 'impersonate-group': groups } : {}) };
  return (method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer> =>
    server.send(method, path, body, { headers: { ...headers, ...more } });
}
const jane = as('jane');
const codeOf = async (answer: Promise<Answer>) => (await answer).code;
const messageOf = async (answer: Promise<Answer>) => (await answer).json<Status>().message;

function bindTo(user: string, role: string, namespace = '') {
  const name = `${user}-${role}`;
  const roleRef = { ...ROLE, kind: 'ClusterRole', name: role };
  const subjects = [{ kind: 'User', name: user }];
  const path = namespace ? `${RBAC}/namespaces/${namespace}/rolebindings` : `${RBAC}/clusterrolebindings`;
  return server.send('POST', path, { metadata: { name }, roleRef, subjects });
}

test('nothing is allowed without a binding, and what is bound is allowed at once and no longer than that', async () => {
  expect(await messageOf(jane('GET', PODS))).toBe(
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  expect((await bindTo('jane', 'view', 'default')).code).toBe(201);
  expect(await codeOf(jane('GET', PODS))).toBe(200);
  expect(await codeOf(jane('GET', SECRETS))).toBe(403);
  expect(await codeOf(jane('GET', '/api/v1/pods'))).toBe(403);
  expect(await codeOf(jane('POST', PODS, pod('a')))).toBe(403);
  await server.send('DELETE', `${RBAC}/namespaces/default/rolebindings/jane-view`);
  expect(await codeOf(jane('GET', PODS))).toBe(403);
});

test('an aggregated role gains the rules of a new labelled role', async () => {
  await bindTo('agnes', 'view');
  const agnes = as('agnes');
  const path = '/apis/stable.example.com/v1/crontabs';
  expect(await codeOf(agnes('GET', path))).toBe(403);
  await server.send('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'crontabs', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ apiGroups: ['stable.example.com'], resources: ['crontabs'], verbs: ['list'] }],
  });
  // Allowed, and not there.
  await until(async () => (await agnes('GET', path)).code === 404);
  await server.send('DELETE', `${RBAC}/clusterroles/crontabs`);
  await until(async () => (await agnes('GET', path)).code === 403);
});

test('who may write roles still gives nobody more than he has', async () => {
  await bindTo('rob', 'admin', 'default');
  const rob = as('rob');
  const roles = `${RBAC}/namespaces/default/roles`;
  const role = (name: string, resources: string[]) => ({
    metadata: { name },
    rules: [{ apiGroups: [''], resources, verbs: ['delete', 'get'] }],
  });
  expect(await codeOf(rob('POST', roles, role('fair', ['pods'])))).toBe(201);
  const refused = await rob('POST', roles, role('greedy', ['nodes']));
  expect([refused.code, refused.json<Status>().message]).toEqual([
    403,
    'roles.rbac.authorization.k8s.io "greedy" is forbidden: user "rob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["delete" "get"]}',
  ]);
  const patch = { 'content-type': 'application/merge-patch+json' };
  expect(await codeOf(rob('PATCH', `${roles}/fair`, { rules: role('', ['nodes']).rules }, patch))).toBe(403);
  const binding = {
    roleRef: { ...ROLE, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', name: 'rob' }],
  };
  const bindings = `${RBAC}/namespaces/default/rolebindings`;
  expect(await codeOf(rob('POST', bindings, { metadata: { name: 'all' }, ...binding }))).toBe(403);
});

test('only who may impersonate does, and then is no more than whom he pretends to be', async () => {
  expect(await codeOf(as('system:anonymous')('GET', '/version'))).toBe(200);
  expect(await codeOf(as('x', 'system:masters')('GET', SECRETS))).toBe(200);
  const answer = await server.send('GET', PODS, undefined, {
    token: null,
    headers: { 'impersonate-user': 'kubernetes-admin', 'impersonate-group': 'system:masters' },
  });
  expect([answer.code, answer.json<Status>().message]).toEqual([
    403,
    'users "kubernetes-admin" is forbidden: User "system:anonymous" cannot impersonate resource "users" in API group "" at the cluster scope',
  ]);
});

test('a node reads and writes its own, and nothing of another', async () => {
  const placed = (name: string, nodeName: string, secretName: string) => {
    const { spec } = pod(name);
    return { ...pod(name), spec: { ...spec, nodeName, volumes: [{ name: 's', secret: { secretName } }] } };
  };
  for (const n of ['1', '2']) {
    await server.send('POST', '/api/v1/nodes', { metadata: { name: `n${n}` } });
    await server.send('POST', SECRETS, { metadata: { name: `s${n}` } });
    expect((await server.send('POST', PODS, placed(`p${n}`, `n${n}`, `s${n}`))).code).toBe(201);
  }
  const node = as('system:node:n1', 'system:nodes');
  const patch = { 'content-type': 'application/merge-patch+json' };
  const running = { status: { phase: 'Running' } };
  const cells: [string, string, unknown, number][] = [
    ['GET', `${SECRETS}/s1`, undefined, 200],
    ['GET', `${SECRETS}/s2`, undefined, 403],
    ['GET', SECRETS, undefined, 403],
    ['GET', '/api/v1/pods', undefined, 403],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', undefined, 200],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2', undefined, 403],
    ['PATCH', `${PODS}/p1/status`, running, 200],
    ['PATCH', `${PODS}/p2/status`, running, 403],
    ['PATCH', `${PODS}/p1`, { metadata: { labels: { a: 'b' } } }, 403],
    ['DELETE', `${PODS}/p2`, undefined, 403],
    ['PATCH', '/api/v1/nodes/n1/status', { status: { phase: 'Running' } }, 200],
    ['PATCH', '/api/v1/nodes/n2/status', { status: { phase: 'Running' } }, 403],
    ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'node-role.kubernetes.io/master': '' } } }, 403],
    ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'kubelet.kubernetes.io/x': 'y' } } }, 200],
    // It has the taint of new nodes, which others take away.
    ['PATCH', '/api/v1/nodes/n1', { spec: { taints: [] } }, 403],
    ['POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} }, 403],
    ['POST', CONFIG_MAPS, configMap('x'), 403],
    ['POST', `${PODS}/p2/eviction`, { metadata: { name: 'p2' } }, 403],
    ['POST', PODS, pod('fresh'), 403],
  ];
  for (const [method, path, body, code] of cells) {
    const more: Record<string, string> = method === 'PATCH' ? patch : {};
    expect([method, path, await codeOf(node(method, path, body, more))]).toEqual([method, path, code]);
  }
});
