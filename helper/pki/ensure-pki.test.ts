import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { loadKubeconfig } from '../client/kubeconfig';
import { createClient } from '../client/rest-client';
import { loadSettings } from '../process/load-settings';
import type { Settings } from '../process/settings';
import { certificateHash } from './certificate-hash';
import { firstAddress } from './cluster-certificates';
import { ensurePki } from './ensure-pki';

const DAY_MS = 86_400_000;

describe('ensurePki()', () => {
  let home: string;
  let settings: Settings;
  const read = (file: string) => readFileSync(join(home, file), 'utf8');
  const certificate = (file: string) => new X509Certificate(read(file));

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pki-'));
    settings = loadSettings(['--home', home, '--node-ip', '192.0.2.10'], {});
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test('makes everything once and nothing twice', async () => {
    const made = await ensurePki(settings);
    expect(made).toEqual(expect.arrayContaining(['pki/ca.crt', 'pki/kubelet.crt', 'pki/sa.key', 'admin.kubeconfig']));
    const before = readdirSync(join(home, 'pki')).map((file) => read(`pki/${file}`));
    expect(await ensurePki(settings)).toEqual([]);
    expect(readdirSync(join(home, 'pki')).map((file) => read(`pki/${file}`))).toEqual(before);
  });

  test('private files are for their owner only', async () => {
    await ensurePki(settings);
    const files = ['admin.kubeconfig', 'kubeconfig/scheduler.kubeconfig', 'pki/ca.key', 'pki/sa.key'];
    expect(files.map((file) => (statSync(join(home, file)).mode & 0o777).toString(8))).toEqual(files.map(() => '600'));
  });

  test('the API server certificate has every name and address it is reached by', async () => {
    await ensurePki(settings);
    const served = certificate('pki/apiserver.crt');
    const names = [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ];
    for (const name of names) expect(served.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '192.0.2.10', '10.96.0.1'])
      expect(served.checkIP(address)).toBe(address);
  });

  test('makes anew only what is damaged, about to end, or lacks an address', async () => {
    await ensurePki(settings);
    writeFileSync(join(home, 'pki/apiserver-kubelet-client.crt'), 'damaged');
    writeFileSync(join(home, 'kubeconfig/scheduler.kubeconfig'), '{"kind": "Con');
    expect(await ensurePki(settings)).toEqual(['kubeconfig/scheduler.kubeconfig', 'pki/apiserver-kubelet-client.crt']);
    const moved = { ...settings, nodeIp: '192.0.2.11' };
    expect(await ensurePki(moved)).toEqual(['pki/apiserver.crt', 'pki/kubelet.crt']);
    const soon = await ensurePki(moved, new Date(Date.now() + 340 * DAY_MS));
    expect(soon).toEqual(expect.arrayContaining(['admin.kubeconfig', 'pki/apiserver.crt', 'pki/kubelet.crt']));
    expect(soon).not.toContain('pki/ca.crt');
  });

  test.each([
    ['admin.kubeconfig', 'O=system:masters\nCN=kubernetes-admin'],
    ['kubeconfig/kubelet.kubeconfig', 'O=system:nodes\nCN=system:node:node1'],
    ['kubeconfig/scheduler.kubeconfig', 'O=system:minik8s:components\nCN=system:kube-scheduler'],
    ['kubeconfig/garbage-collector.kubeconfig', 'O=system:minik8s:components\nCN=system:minik8s:garbage-collector'],
  ])('%s identifies %j', async (file, subject) => {
    await ensurePki(settings);
    const config = loadKubeconfig(join(home, file));
    expect(config.server).toBe('https://127.0.0.1:6443');
    expect(new X509Certificate(config.certificate ?? '').subject).toBe(subject);
  });

  test('the administrator has no credential but the admin kubeconfig', async () => {
    await ensurePki(settings);
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.csv'))).toEqual([]);
    const subjectOf = (file: string) => new X509Certificate(loadKubeconfig(join(home, file)).certificate ?? '').subject;
    const configs = files.filter((file) => file.endsWith('.kubeconfig'));
    expect(configs.filter((file) => subjectOf(file).includes('system:masters'))).toEqual(['admin.kubeconfig']);
  });

  test('certificateHash() is the SHA-256 of the public key, and the token signing pair fits', async () => {
    await ensurePki(settings);
    const der = certificate('pki/ca.crt').publicKey.export({ type: 'spki', format: 'der' });
    expect(certificateHash(read('pki/ca.crt'))).toBe(`sha256:${createHash('sha256').update(der).digest('hex')}`);
    const fromKey = createPublicKey(read('pki/sa.key')).export({ type: 'spki', format: 'pem' });
    expect(read('pki/sa.pub')).toBe(fromKey);
  });

  test('a server with these files and a client with the kubeconfig know each other', async () => {
    await ensurePki(settings);
    const files = { key: read('pki/apiserver.key'), cert: read('pki/apiserver.crt'), ca: read('pki/ca.crt') };
    const server = createServer({ ...files, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = loadKubeconfig(join(home, 'kubeconfig/kube-proxy.kubeconfig'));
    const client = createClient({ ...config, server: `https://127.0.0.1:${port}` });
    expect(await client.raw('GET', '/')).toBe('system:kube-proxy');
    client.close();
    server.close();
  });

  test('openssl agrees, strictly', async () => {
    try {
      execFileSync('openssl', ['version']);
    } catch {
      return; // Not installed here; the other tests check with node:crypto.
    }
    await ensurePki(settings);
    const verify = (purpose: string, file: string) =>
      execFileSync('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        join(home, 'pki/ca.crt'),
        join(home, file),
      ]);
    verify('sslserver', 'pki/apiserver.crt');
    verify('sslserver', 'pki/kubelet.crt');
    verify('sslclient', 'pki/apiserver-kubelet-client.crt');
  });
});

test.each([
  ['10.96.0.0/12', '10.96.0.1'],
  ['192.168.7.9/24', '192.168.7.1'],
  ['172.30.255.0/16', '172.30.0.1'],
])('firstAddress() of %s is %s', (cidr, expected) => {
  expect(firstAddress(cidr)).toBe(expected);
});
