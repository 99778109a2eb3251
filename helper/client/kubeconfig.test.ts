import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeconfig, writeKubeconfig } from './kubeconfig';

describe('loadKubeconfig()', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
    path = join(folder, 'config');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('reads back what writeKubeconfig() wrote, in a file of its owner', () => {
    const config = { server: 'https://192.0.2.1:6443', ca: 'CA', certificate: 'CERT', key: 'KEY', namespace: 'lab' };
    writeKubeconfig(path, config, { cluster: 'minik8s', user: 'me' });
    expect(loadKubeconfig(path)).toEqual(config);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('takes several files as one: an entry may stand in any, and the first counts', () => {
    const other = join(folder, 'other');
    writeFileSync(path, JSON.stringify({ contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }] }));
    const cluster = { name: 'c', cluster: { server: 'https://192.0.2.2:1' } };
    const again = { name: 'a', context: { cluster: 'none', user: 'none' } };
    const users = [{ name: 'u', user: { token: 'secret' } }];
    writeFileSync(other, JSON.stringify({ 'current-context': 'a', clusters: [cluster], contexts: [again], users }));
    expect(loadKubeconfig([path, other])).toEqual({ server: 'https://192.0.2.2:1', token: 'secret' });
    expect(() => loadKubeconfig([path, other], 'none')).toThrow('context "none" does not exist in "contexts"');
  });

  test("reads kubectl's YAML with files beside it, and the context asked for", () => {
    writeFileSync(join(folder, 'ca.pem'), 'CA');
    writeFileSync(join(folder, 'token'), 'secret\n');
    writeFileSync(
      path,
      `apiVersion: v1
kind: Config
current-context: a
clusters:
- name: c
  cluster: {server: "https://h:1/", certificate-authority: ca.pem, tls-server-name: kubernetes}
- name: open
  cluster: {server: "https://h:2", insecure-skip-tls-verify: true}
users:
- name: u
  user: {tokenFile: token}
contexts:
- {name: a, context: {cluster: c, user: u}}
- {name: b, context: {cluster: open, user: u, namespace: n}}
`,
    );
    expect(loadKubeconfig(path)).toEqual({
      server: 'https://h:1',
      ca: 'CA',
      token: 'secret',
      tlsServerName: 'kubernetes',
    });
    expect(loadKubeconfig(path, 'b')).toEqual({
      server: 'https://h:2',
      insecureSkipTlsVerify: true,
      token: 'secret',
      namespace: 'n',
    });
  });

  test.each([
    ['{}', '"current-context" is not set'],
    ['{"current-context": "x"}', 'context "x" does not exist in "contexts"'],
    [
      '{"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "y"}}]}',
      'cluster "y" does not exist in "clusters"',
    ],
  ])('says what is missing in %s', (content, problem) => {
    writeFileSync(path, content);
    expect(() => loadKubeconfig(path)).toThrow(`kubeconfig ${path}: ${problem}`);
  });
});
