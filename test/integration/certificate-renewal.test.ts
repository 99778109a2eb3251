/**
 * Certificates of a machine that joined are renewed before they end, over a real api-server and certificate controller: clients and
 * the kubelet's server take the new ones while they run.
 */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import { loadKubeconfig, writeKubeconfig } from '../../helper/client/kubeconfig';
import { createClient } from '../../helper/client/rest-client';
import { startInformer } from '../../helper/client/start-informer';
import {
  agentCertificates,
  kubeletCertificate,
  servingCertificate,
  servingFile,
} from '../../helper/pki/node-certificates';
import { requestCertificate } from '../../helper/pki/request-certificate';
import type { RunningComponent } from '../../helper/process/component';
import { kubeconfigPath } from '../../helper/process/load-settings';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/certificates/main';
import { storeToken } from '../../userland/cluster/commands/token';
import { keepCertificates } from '../../worker/kubelet/certificates/certificate-keeper';
import { followServingPair, readServingPair } from '../../worker/kubelet/server/serving-pair';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const LIFE_SECONDS = 6;
let server: TestServer;
let running: RunningComponent;
let home: string;
let url: string;

beforeAll(async () => {
  server = await startTestServer();
  running = await startBeside(server, component, { clusterSigningSeconds: LIFE_SECONDS });
  url = `https://127.0.0.1:${server.port}`;
  home = join(server.settings.home, 'machine');
  for (const folder of ['pki', 'kubeconfig']) mkdirSync(join(home, folder), { recursive: true });
}, 30_000);
afterAll(async () => {
  await running.stop();
  await server.stop();
});

/** What `run.sh join` leaves in a home. */
async function joinAs(nodeName: string, nodeIp: string): Promise<void> {
  const ca = server.ca.toString();
  const admin = createClient({ server: url, ca, token: server.token });
  const joiner = createClient({ server: url, ca, token: await storeToken(admin, 600, 'test') });
  const wanted = [kubeletCertificate({ nodeName }), ...agentCertificates({ nodeName })];
  for (const certificate of wanted) {
    const config = { server: url, ca, ...(await requestCertificate(joiner, certificate)) };
    const user = certificate.subject.commonName;
    writeKubeconfig(kubeconfigPath(home, certificate.component), config, { cluster: 'test', user });
  }
  const node = createClient(loadKubeconfig(kubeconfigPath(home, 'kubelet')));
  const { certificate, key } = await requestCertificate(node, servingCertificate({ nodeName, nodeIp }));
  writeFileSync(servingFile(home), certificate + key);
  writeFileSync(join(home, 'pki', 'ca.crt'), ca);
  for (const client of [admin, joiner, node]) client.close();
}

const endOf = (pem: string) => Date.parse(new X509Certificate(pem).validTo);
const files = ['kubelet', 'kube-proxy', 'overlay', 'cluster-dns'].map((name) => () => kubeconfigPath(home, name));

test('a node and the components beside it live longer than the certificates they came with', async () => {
  await joinAs('n2', '192.0.2.2');
  const ends = () => [
    ...files.map((path) => endOf(loadKubeconfig(path()).certificate ?? '')),
    endOf(readFileSync(servingFile(home), 'utf8')),
  ];
  const first = ends();
  const log = silentLogger();
  const client = followKubeconfig(kubeconfigPath(home, 'kubelet'), { userAgent: 'kubelet' }, log);
  const nodes = startInformer(client, nodeResource, { fieldSelector: 'metadata.name=n2' }, log);
  const served: string[] = [];
  const stopFollowing = followServingPair(home, log, ({ cert }) => served.push(String(cert)));
  const keeper = keepCertificates({ home, nodeName: 'n2', nodeIp: '192.0.2.2' }, client, log, () => 0);
  try {
    const before: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } };
    await client.create(nodeResource, before);
    await until(() => Date.now() > Math.max(...first) + 500);
    expect(ends().every((end, index) => end > (first[index] ?? 0))).toBe(true);
    const labels = { stage: 'renewed' };
    await client.patch(nodeResource, '', 'n2', 'merge', { metadata: { labels } });
    await until(() => nodes.get('', 'n2')?.metadata.labels?.['stage'] === 'renewed');
    expect(served.length).toBeGreaterThan(0);
    expect(readServingPair(home).cert).toEqual(Buffer.from(served.at(-1) ?? ''));
  } finally {
    stopFollowing();
    await keeper.stop();
    nodes.stop();
    client.close();
  }
}, 30_000);

test('the certificate a machine came with is worth nothing when its time is over', async () => {
  const config = loadKubeconfig(kubeconfigPath(home, 'kubelet'));
  await until(() => Date.now() > endOf(config.certificate ?? '') + 500);
  const late = createClient(config);
  await expect(late.get(nodeResource, '', 'n2')).rejects.toMatchObject({ code: 401 });
  late.close();
}, 30_000);
