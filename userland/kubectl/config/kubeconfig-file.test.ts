import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubeconfigFile, minified, readMerged, redacted, writeConfigFile } from './kubeconfig-file';

const FILE: KubeconfigFile = {
  apiVersion: 'v1',
  kind: 'Config',
  preferences: {},
  'current-context': 'a',
  clusters: [
    { name: 'one', cluster: { server: 'https://one', 'certificate-authority-data': 'c2VjcmV0' } },
    { name: 'two', cluster: { server: 'https://two' } },
  ],
  contexts: [
    { name: 'a', context: { cluster: 'one', user: 'me' } },
    { name: 'b', context: { cluster: 'two', user: 'you' } },
  ],
  users: [
    { name: 'me', user: { token: 'secret' } },
    { name: 'you', user: {} },
  ],
};

test('minified() keeps what the current context needs', () => {
  const { clusters, contexts, users } = minified(FILE);
  expect([clusters, contexts, users].map((list) => list.map(({ name }) => name))).toEqual([['one'], ['a'], ['me']]);
});

test('redacted() covers secrets and nothing else', () => {
  const { clusters, users } = redacted(FILE);
  expect(clusters[0]?.cluster).toEqual({ server: 'https://one', 'certificate-authority-data': 'DATA+OMITTED' });
  expect(users[0]?.user).toEqual({ token: 'REDACTED' });
});

test('readMerged() takes several files as one, the first that has a name counting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minik8s-config-'));
  const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')];
  const two = { name: 'two', cluster: { server: 'https://other' } };
  const three = { name: 'three', cluster: { server: 'https://three' } };
  writeConfigFile(mine, { ...FILE, 'current-context': '' });
  writeConfigFile(theirs, { ...FILE, 'current-context': 'b', clusters: [two, three], contexts: [], users: [] });
  const merged = readMerged([mine, theirs]);
  expect(merged['current-context']).toBe('b');
  expect(merged.clusters).toEqual([...FILE.clusters, three]);
  expect(merged.contexts).toEqual(FILE.contexts);
  expect(readMerged([mine])).toEqual({ ...FILE, 'current-context': '' });
  rmSync(folder, { recursive: true, force: true });
});
