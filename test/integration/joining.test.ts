/**
 * Joining, over a real api-server and certificate controller: a machine that has nothing but a token finds the cluster, is told its
 * settings, and gets a node's certificates; and nobody gets anybody else's.
 */
import { configMapResource } from '../../helper/api/core/config-map';
import { nodeResource } from '../../helper/api/core/node';
import { secretResource } from '../../helper/api/core/secret';
import type { ApiClient } from '../../helper/client/client';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import { tokenSecret } from '../../helper/pki/bootstrap-token';
import { certificateHash } from '../../helper/pki/certificate-hash';
import { clusterInfo, SIGNATURE_PREFIX } from '../../helper/pki/cluster-info';
import { NODE_AGENTS } from '../../helper/pki/node-agents';
import { requestCertificate } from '../../helper/pki/request-certificate';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/certificates/main';
import { storeToken } from '../../userland/cluster/commands/token';
import { fetchSharedSettings, publishCluster } from '../../userland/cluster/join/cluster-config';
import { discoverAuthority } from '../../userland/cluster/join/discover';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
let server: TestServer;
let running: RunningComponent;
let admin: RestClient;
let url: string;
let ca: string;
let text: string;
const opened: RestClient[] = [];

function as(credentials: object): RestClient {
  const client = createClient({ server: url, ca, ...credentials }, { userAgent: 'test' });
  opened.push(client);
  return client;
}
const tokenParts = () => ({ id: text.slice(0, 6), secret: text.slice(7) });

beforeAll(async () => {
  server = await startTestServer();
  url = `https://127.0.0.1:${server.port}`;
  ca = server.ca.toString();
  running = await startBeside(server, component);
  admin = as({ token: server.token });
  await publishCluster(server.settings, admin);
  // The test's server has a port of its own choice.
  const { data } = clusterInfo(url, ca);
  await admin.patch(configMapResource, 'kube-public', 'cluster-info', 'merge', { data });
  text = await storeToken(admin, 600, 'test');
}, 30_000);
afterAll(async () => {
  for (const client of opened) client.close();
  await running.stop();
  await server.stop();
});

const nodeCertificate = (client: ApiClient, name: string) =>
  requestCertificate(client, {
    subject: { commonName: `system:node:${name}`, organizations: ['system:nodes'] },
    signerName: KUBELET,
    usage: 'client auth',
    purpose: 'test',
  });

test('a machine with a token finds the cluster, its settings, and becomes the node it says it is', async () => {
  const caHashes = [certificateHash(ca)];
  expect(await discoverAuthority({ server: url, token: tokenParts(), caHashes })).toBe(ca);
  const joiner = as({ token: text });
  const { podCidr, serviceCidrs } = server.settings;
  expect(await fetchSharedSettings(joiner)).toMatchObject({ podCidr, serviceCidrs });
  const identity = await nodeCertificate(joiner, 'n2');
  const node = as(identity);
  await node.create(nodeResource, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } });
  await expect(
    node.create(nodeResource, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n3' } }),
  ).rejects.toMatchObject({ code: 403 });
  const serving = await requestCertificate(node, {
    subject: {
      commonName: 'system:node:n2',
      organizations: ['system:nodes'],
      dnsNames: ['n2'],
      ipAddresses: ['192.0.2.2'],
    },
    signerName: SERVING,
    usage: 'server auth',
    purpose: 'test',
  });
  expect(serving.certificate).toContain('BEGIN CERTIFICATE');
});

test('the components beside the kubelet get the rights of their names', async () => {
  const joiner = as({ token: text });
  for (const { user } of NODE_AGENTS) {
    const pair = await requestCertificate(joiner, {
      subject: { commonName: user },
      signerName: 'kubernetes.io/kube-apiserver-client',
      usage: 'client auth',
      purpose: 'test',
    });
    const agent = as(pair);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await agent.raw('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review);
    expect((answer as { status: { userInfo: { username: string } } }).status.userInfo.username).toBe(user);
    await expect(agent.list(secretResource)).rejects.toMatchObject({ code: 403 });
  }
});

test('a token opens nothing but the way in', async () => {
  const joiner = as({ token: text });
  await expect(joiner.list(secretResource)).rejects.toMatchObject({ code: 403 });
  await expect(joiner.list(nodeResource)).rejects.toMatchObject({ code: 403 });
  const stranger = as({});
  await expect(fetchSharedSettings(stranger)).rejects.toMatchObject({ code: 403 });
  await expect(nodeCertificate(stranger, 'n4')).rejects.toMatchObject({ code: 403 });
});

test('a token whose time is over is removed, and its signature with it', async () => {
  const expired = 'zzzzzz.0123456789abcdef';
  const soon = new Date(Date.now() + 1500);
  await admin.create(secretResource, tokenSecret(expired, { expires: soon }));
  const keys = async () => Object.keys((await admin.get(configMapResource, 'kube-public', 'cluster-info')).data ?? {});
  await until(async () => (await keys()).includes(`${SIGNATURE_PREFIX}zzzzzz`));
  await until(async () => !(await keys()).includes(`${SIGNATURE_PREFIX}zzzzzz`));
  await expect(admin.get(secretResource, 'kube-system', 'bootstrap-token-zzzzzz')).rejects.toMatchObject({ code: 404 });
  expect(await keys()).toContain(`${SIGNATURE_PREFIX}${text.slice(0, 6)}`);
});
