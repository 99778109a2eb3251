/**
 * A server with an admission configuration: what it asks of pods where namespaces say nothing, and whose pods it leaves alone.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDefaultAccount, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

const folder = mkdtempSync(join(tmpdir(), 'minik8s-admission-'));
const FILE = join(folder, 'admission.yaml');
const SETTINGS = `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: { enforce: baseline, warn: restricted }
exemptions: { usernames: [ada], namespaces: [tools], runtimeClasses: [] }
`;
const ADMISSION = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    path: pod-security.yaml
`;

let server: TestServer;

beforeAll(async () => {
  writeFileSync(FILE, ADMISSION);
  writeFileSync(join(folder, 'pod-security.yaml'), SETTINGS);
  server = await startTestServer({ admissionControlConfigFile: FILE });
  await makeDefaultAccount(server);
  await server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'ada' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ada' }],
  });
}, 30_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const hostPod = (name: string) => {
  const { metadata, spec } = pod(name);
  return { metadata, spec: { ...spec, hostNetwork: true } };
};

async function createPod(body: object, namespace = 'default', user?: string) {
  const options = user ? { headers: { 'impersonate-user': user } } : {};
  const answer = await server.send('POST', `/api/v1/namespaces/${namespace}/pods`, body, options);
  const { message } = answer.json<{ message?: string }>();
  return { code: answer.code, message, warning: String(answer.headers['warning'] ?? '') };
}

test('a namespace that says nothing has the levels of the configuration', async () => {
  const refused = await createPod(hostPod('on-host'));
  expect([refused.code, refused.message]).toEqual([
    403,
    expect.stringContaining('violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'),
  ]);
  const plain = await createPod(pod('plain'));
  expect([plain.code, plain.warning]).toEqual([
    201,
    expect.stringContaining('would violate PodSecurity \\"restricted:'),
  ]);
});

test('exempt users and namespaces are left alone', async () => {
  const own = await createPod(hostPod('of-ada'), 'default', 'ada');
  expect([own.code, own.warning]).toEqual([201, '']);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const made = await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'tools', labels } });
  expect([made.code, String(made.headers['warning'])]).toEqual([
    201,
    expect.stringContaining(
      'namespace \\"tools\\" is exempt from Pod Security, and the policy (enforce=restricted:latest',
    ),
  ]);
  await makeDefaultAccount(server, 'tools');
  expect((await createPod(hostPod('in-tools'), 'tools')).code).toBe(201);
});

test.each([
  ['kind: Config', 'kind AdmissionConfiguration'],
  [ADMISSION.replace('PodSecurity', 'EventRateLimit'), 'the plugin "EventRateLimit" takes no configuration here'],
  [ADMISSION.replace('pod-security.yaml', 'missing.yaml'), 'no such file'],
])('a configuration that cannot be used stops the server', async (text, message) => {
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, text);
  await expect(startTestServer({ admissionControlConfigFile: file })).rejects.toThrow(message);
});
