/**
 * Questions to authentication and authorization over the real server: who am I, whose token is this, may he, may I, what may I.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { Status } from '../../helper/api/status-error';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

const ACCESS = '/apis/authorization.k8s.io/v1';
const IDENTITY = '/apis/authentication.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const jane = { headers: { 'impersonate-user': 'jane' } };
const VIEW_PODS = { verb: 'list', resource: 'pods', namespace: 'default' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await server.send('POST', `${RBAC}/namespaces/default/rolebindings`, {
    metadata: { name: 'jane' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: 'jane' }],
  });
}, 30_000);
afterAll(() => server.stop());

interface Review {
  readonly kind: string;
  readonly status: Record<string, unknown>;
}
const statusOf = async (path: string, body: object, options = {}) => {
  const answer = await server.send('POST', path, body, options);
  expect([answer.code, answer.text]).toEqual([201, expect.anything()]);
  return answer.json<Review & Record<string, never>>().status as Record<string, unknown>;
};
async function tokenFor(spec: object = {}): Promise<string> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  return (await server.send('POST', path, { spec })).json<{ status: { token: string } } & Record<string, never>>()
    .status.token;
}

test('SelfSubjectReview says who asks', async () => {
  expect(await statusOf(`${IDENTITY}/selfsubjectreviews`, {}, jane)).toEqual({
    userInfo: { username: 'jane', groups: ['system:authenticated'] },
  });
});

test('access reviews answer as the request itself would be', async () => {
  const reason = 'RBAC: allowed by RoleBinding "jane/default" of ClusterRole "view" to User "jane"';
  const spec = { user: 'jane', resourceAttributes: VIEW_PODS };
  expect(await statusOf(`${ACCESS}/subjectaccessreviews`, { spec })).toEqual({ allowed: true, reason });
  const local = `${ACCESS}/namespaces/default/localsubjectaccessreviews`;
  expect(await statusOf(local, { spec })).toEqual({ allowed: true, reason });
  const own = { spec: { resourceAttributes: VIEW_PODS } };
  expect(await statusOf(`${ACCESS}/selfsubjectaccessreviews`, own, jane)).toEqual({ allowed: true, reason });
  const other = { spec: { user: 'joe', resourceAttributes: VIEW_PODS } };
  expect(await statusOf(`${ACCESS}/subjectaccessreviews`, other)).toEqual({ allowed: false });
  const path = { spec: { nonResourceAttributes: { verb: 'get', path: '/metrics' } } };
  expect(await statusOf(`${ACCESS}/selfsubjectaccessreviews`, path, jane)).toEqual({ allowed: false });
});

test.each([
  ['subjectaccessreviews', { user: 'a' }, 'spec.resourceAttributes'],
  ['subjectaccessreviews', { resourceAttributes: {} }, 'spec.user'],
  ['selfsubjectaccessreviews', { resourceAttributes: {}, nonResourceAttributes: {} }, 'spec.nonResourceAttributes'],
  [
    'namespaces/default/localsubjectaccessreviews',
    { user: 'a', resourceAttributes: {} },
    'spec.resourceAttributes.namespace',
  ],
])('%s with %j is refused for %s', async (path, spec, field) => {
  const answer = await server.send('POST', `${ACCESS}/${path}`, { spec });
  expect([answer.code, answer.json<Status>().details?.causes?.map((cause) => cause.field)]).toEqual([422, [field]]);
});

test('a review is posted, and nothing else', async () => {
  for (const path of [`${ACCESS}/subjectaccessreviews`, `${IDENTITY}/tokenreviews`]) {
    expect((await server.send('GET', path)).code).toBe(405);
    expect((await server.send('GET', `${path}/x`)).code).toBe(405);
  }
  expect((await server.send('POST', `${ACCESS}/subjectaccessreviews`, {}, jane)).code).toBe(403);
  expect((await server.send('POST', `${IDENTITY}/tokenreviews`, {}, jane)).code).toBe(403);
});

test('SelfSubjectRulesReview lists what I may', async () => {
  const status = await statusOf(`${ACCESS}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } }, jane);
  expect(status.incomplete).toBe(false);
  expect(status.resourceRules).toContainEqual({
    verbs: ['create'],
    apiGroups: ['authentication.k8s.io'],
    resources: ['selfsubjectreviews'],
  });
  expect(JSON.stringify(status.resourceRules)).toContain('pods/log');
  expect(JSON.stringify(status.nonResourceRules)).toContain('/healthz');
});

test('TokenReview names the user of a token and the audiences it is good for, as long as it is', async () => {
  const { uid } = (await server.send('POST', PODS, pod('bearer'))).json<
    { metadata: { uid: string } } & Record<string, never>
  >().metadata;
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'bearer', uid };
  const token = await tokenFor({ boundObjectRef });
  const review = (spec: object) => statusOf(`${IDENTITY}/tokenreviews`, { spec });
  expect(await review({ token })).toMatchObject({
    authenticated: true,
    audiences: [ISSUER],
    user: {
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)],
        'authentication.kubernetes.io/pod-name': ['bearer'],
        'authentication.kubernetes.io/pod-uid': [uid],
      },
    },
  });
  const refused = { user: {}, error: 'invalid bearer token' };
  expect(await review({ token, audiences: ['vault'] })).toEqual(refused);
  const forVault = await tokenFor({ audiences: ['vault', 'other'] });
  expect(await review({ token: forVault, audiences: ['vault', 'x'] })).toMatchObject({ audiences: ['vault'] });
  expect(await review({ token: forVault })).toEqual(refused);
  expect(await review({ token: server.token })).toMatchObject({ user: { username: 'minik8s-admin' } });
  await server.send('DELETE', `${PODS}/bearer`);
  expect(await review({ token })).toEqual(refused);
  expect((await server.send('POST', `${IDENTITY}/tokenreviews`, { spec: {} })).code).toBe(400);
});

test('anybody with the published keys can check a token himself', async () => {
  const token = await tokenFor();
  const asAccount = { token };
  const document = (await server.send('GET', '/.well-known/openid-configuration', undefined, asAccount)).json<
    Record<string, never>
  >();
  expect(document).toMatchObject({ issuer: ISSUER, jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/) });
  const { keys } = (await server.send('GET', '/openid/v1/jwks', undefined, asAccount)).json<
    { keys: Record<string, string>[] } & Record<string, never>
  >();
  const [head = '', claims = '', signature = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  const jwk = keys.find((each) => each.kid === kid);
  const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  expect(verify('sha256', Buffer.from(`${head}.${claims}`), options, Buffer.from(signature, 'base64url'))).toBe(true);
  expect((await server.send('GET', '/openid/v1/jwks', undefined, jane)).code).toBe(403);
});
