/**
 * Values of a kubeconfig by name.
 */
import type { KubeconfigFile } from './kubeconfig-file';
import { setProperty, unsetProperty } from './set-property';

const empty = (): KubeconfigFile => ({
  apiVersion: 'v1',
  kind: 'Config',
  preferences: {},
  'current-context': '',
  clusters: [],
  contexts: [],
  users: [],
});

test('setProperty() makes entries and changes their fields, names with dots too', () => {
  const file = empty();
  setProperty(file, 'clusters.lab.example.com.server', 'https://1.2.3.4', false);
  setProperty(file, 'clusters.lab.example.com.insecure-skip-tls-verify', 'true', false);
  setProperty(file, 'clusters.lab.example.com.certificate-authority-data', 'foo', true);
  setProperty(file, 'contexts.x.namespace', 'lab', false);
  setProperty(file, 'current-context', 'x', false);
  expect(file).toMatchObject({
    'current-context': 'x',
    clusters: [
      {
        name: 'lab.example.com',
        cluster: { server: 'https://1.2.3.4', 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'Zm9v' },
      },
    ],
    contexts: [{ name: 'x', context: { namespace: 'lab' } }],
  });
});

test('unsetProperty() takes out a field, an entry or nothing', () => {
  const file = empty();
  setProperty(file, 'users.ada.token', 'abc', false);
  setProperty(file, 'users.bob.token', 'abc', false);
  unsetProperty(file, 'users.ada.token');
  unsetProperty(file, 'users.bob');
  unsetProperty(file, 'users.nobody');
  unsetProperty(file, 'current-context');
  expect(file.users).toEqual([{ name: 'ada', user: {} }]);
});

test.each([
  ['foo', 'x', 'unable to parse foo after [] at api.Config'],
  ['users.ada.tokenn', 'x', 'unable to set "users.ada.tokenn"'],
  ['clusters.a.insecure-skip-tls-verify', 'perhaps', 'parsing "perhaps": invalid syntax'],
  ['clusters.a.certificate-authority-data', '-----BEGIN', 'illegal base64 data'],
])('setProperty() refuses %s %s', (path, value, message) => {
  expect(() => setProperty(empty(), path, value, false)).toThrow(message);
});
