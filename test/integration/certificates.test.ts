/**
 * Certificates for others: asked for, approved, signed by the controller and used; and who may not.
 */
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { createAuthority, openAuthority } from '../../helper/pki/certificate-authority';
import { loadX509 } from '../../helper/pki/issuer';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/certificates/main';
import { PODS } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET = `${CLIENT}-kubelet`;
const STRATEGIC = 'application/strategic-merge-patch+json';

let server: TestServer;
let running: RunningComponent;

beforeAll(async () => {
  server = await startTestServer();
  running = await startBeside(server, component);
}, 30_000);
afterAll(async () => {
  await running.stop();
  await server.stop();
});

async function ask(commonName: string, organizations: string[]): Promise<{ pem: string; key: string }> {
  const x509 = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const name = [...organizations.map((group) => ({ O: [group] })), { CN: [commonName] }];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { pem: request.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

interface Certified {
  readonly spec: { readonly username: string };
  readonly status: { readonly certificate?: string; readonly conditions?: { type: string; reason: string }[] };
}
const body = (name: string, pem: string, signerName: string) => ({
  metadata: { name },
  spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['client auth'], expirationSeconds: 3600 },
});
const approval = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: 'fine' }] } };
const approve = (name: string, headers: Record<string, string> = {}) =>
  server.send('PATCH', `${REQUESTS}/${name}/approval`, approval, {
    headers: { 'content-type': STRATEGIC, ...headers },
  });
const statusOf = async (name: string) =>
  (await server.send('GET', `${REQUESTS}/${name}`)).json<Certified & Record<string, never>>()
    .status as Certified['status'];

/** GET with a client certificate; resolves with the code. */
function codeWith(cert: string, key: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port, ca } = server;
    httpsRequest({ host: '127.0.0.1', port, ca, cert, key, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}

test('a request that is approved is signed, and the certificate is its holder’s identity', async () => {
  const { pem, key } = await ask('jane', ['devs']);
  expect((await server.send('POST', REQUESTS, body('jane', pem, CLIENT))).code).toBe(201);
  expect((await approve('jane')).code).toBe(200);
  await until(async () => (await statusOf('jane')).certificate !== undefined);
  const certificate = Buffer.from((await statusOf('jane')).certificate ?? '', 'base64').toString();
  expect(await codeWith(certificate, key, '/api')).toBe(200);
  expect(await codeWith(certificate, key, PODS)).toBe(403);
  await server.send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'devs' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name: 'devs' }],
  });
  expect(await codeWith(certificate, key, PODS)).toBe(200);
});

test('approving takes the right to use the signer, and nobody gets system:masters signed', async () => {
  await server.send('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'half-approver' },
    rules: [
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval'], verbs: ['patch'] },
    ],
  });
  await server.send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'half-approver' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half-approver' },
    subjects: [{ kind: 'User', name: 'joe' }],
  });
  const { pem } = await ask('x', []);
  await server.send('POST', REQUESTS, body('x', pem, CLIENT));
  const refused = await approve('x', { 'impersonate-user': 'joe' });
  expect([refused.code, refused.text]).toEqual([
    403,
    expect.stringContaining(`user not permitted to approve requests with signerName \\"${CLIENT}\\"`),
  ]);
  const masters = await ask('root', ['system:masters']);
  expect((await server.send('POST', REQUESTS, body('root', masters.pem, CLIENT))).code).toBe(403);
});

test('a kubelet’s own renewal needs nobody; what does not fit its signer is refused by it', async () => {
  await server.send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'renewal' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    },
    subjects: [{ kind: 'Group', name: 'system:nodes' }],
  });
  const as = { headers: { 'impersonate-user': 'system:node:n1', 'impersonate-group': 'system:nodes' } };
  const own = await ask('system:node:n1', ['system:nodes']);
  expect((await server.send('POST', REQUESTS, body('n1', own.pem, KUBELET), as)).code).toBe(201);
  await until(async () => (await statusOf('n1')).certificate !== undefined);
  expect((await statusOf('n1')).conditions).toMatchObject([{ type: 'Approved', reason: 'AutoApproved' }]);
  const others = await ask('system:node:n2', ['system:nodes']);
  await server.send('POST', REQUESTS, body('n2', others.pem, KUBELET), as);
  const person = await ask('jane', []);
  await server.send('POST', REQUESTS, body('person', person.pem, KUBELET));
  await approve('person');
  await until(async () => (await statusOf('person')).conditions?.length === 2);
  expect((await statusOf('person')).conditions?.[1]).toMatchObject({
    type: 'Failed',
    reason: 'SignerValidationFailure',
  });
  expect((await statusOf('n2')).conditions).toBeUndefined();
});

test('certificates of another CA, of another cluster and out of their time are refused', async () => {
  const now = Date.now();
  const foreign = openAuthority(await createAuthority('minik8s-ca', new Date()));
  const admin = { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] } as const;
  const { certificate, key } = await foreign.sign(admin, new Date());
  expect(await codeWith(certificate, key, '/version')).toBe(401);
  const pki = (file: string) => readFileSync(join(server.settings.home, 'pki', file), 'utf8');
  const own = openAuthority({ certificate: pki('ca.crt'), key: pki('ca.key') });
  const old = await own.sign(admin, new Date(now - 400 * 86_400_000));
  expect(await codeWith(old.certificate, old.key, '/version')).toBe(401);
  const fresh = await own.sign(admin, new Date());
  expect(await codeWith(fresh.certificate, fresh.key, PODS)).toBe(200);
});
