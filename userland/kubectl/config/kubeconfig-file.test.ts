import { type KubeconfigFile, minified, redacted } from './kubeconfig-file';

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
