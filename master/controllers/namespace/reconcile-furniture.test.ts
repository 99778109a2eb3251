import type { ConfigMap } from '../../../helper/api/core/config-map';
import type { Namespace } from '../../../helper/api/core/namespace';
import { EMPTY_PLAN } from '../../../helper/controller/controller';
import { reconcileRootCa } from './reconcile-root-ca';
import { reconcileServiceAccount } from './reconcile-service-account';

const namespace = (change: Partial<Namespace> = {}): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop' },
  status: { phase: 'Active' },
  ...change,
});
const account = (metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace: 'shop', ...metadata },
  imagePullSecrets: [{ name: 'mine' }],
});

/** Namespaces that take nothing new. */
const CLOSED: readonly [string, Namespace | undefined][] = [
  ['that is gone', undefined],
  ['that is being deleted', namespace({ metadata: { name: 'shop', deletionTimestamp: '2026-01-01T00:00:00Z' } })],
  ['that is terminating', namespace({ status: { phase: 'Terminating' } })],
];

describe('reconcileServiceAccount()', () => {
  test('creates the account of a namespace that has none', () => {
    expect(reconcileServiceAccount(namespace(), undefined).steps).toMatchObject([
      [{ verb: 'create', ignoreExisting: true, object: { metadata: { name: 'default', namespace: 'shop' } } }],
    ]);
  });

  test('leaves an account with additions of its user alone', () => {
    expect(reconcileServiceAccount(namespace(), account())).toBe(EMPTY_PLAN);
  });

  test.each(CLOSED)('creates none in a namespace %s', (_title, closed) => {
    expect(reconcileServiceAccount(closed, undefined)).toBe(EMPTY_PLAN);
  });
});

describe('reconcileRootCa()', () => {
  const made = () => {
    const [write] = reconcileRootCa(namespace(), undefined, 'PEM').steps[0] ?? [];
    if (write?.verb !== 'create') throw new Error('expected a create');
    return write.object as ConfigMap;
  };

  test('creates the ConfigMap with the certificate, and is content with it', () => {
    expect(made()).toMatchObject({
      metadata: { name: 'kube-root-ca.crt', namespace: 'shop' },
      data: { 'ca.crt': 'PEM' },
    });
    expect(reconcileRootCa(namespace(), made(), 'PEM')).toBe(EMPTY_PLAN);
  });

  test.each<[string, (map: ConfigMap) => ConfigMap]>([
    ['changed', (map) => ({ ...map, data: { 'ca.crt': 'FORGED' } })],
    ['added to', (map) => ({ ...map, data: { ...map.data, other: 'x' } })],
    ['emptied', ({ data: _data, ...map }) => map],
    ['stripped of its description', (map) => ({ ...map, metadata: { ...map.metadata, annotations: {} } })],
  ])('repairs one that was %s', (_title, change) => {
    const changed = {
      ...change(made()),
      metadata: { ...change(made()).metadata, resourceVersion: '9', labels: { a: 'b' } },
    };
    const [write] = reconcileRootCa(namespace(), changed, 'PEM').steps[0] ?? [];
    expect(write).toMatchObject({
      verb: 'update',
      object: { metadata: { resourceVersion: '9', labels: { a: 'b' } }, data: { 'ca.crt': 'PEM' } },
    });
    expect((write as { object: ConfigMap }).object.data).toEqual({ 'ca.crt': 'PEM' });
  });

  test.each(CLOSED)('creates none in a namespace %s', (_title, closed) => {
    expect(reconcileRootCa(closed, undefined, 'PEM')).toBe(EMPTY_PLAN);
  });
});
