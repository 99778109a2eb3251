import type { Container } from 'kubernetes-types/core/v1';
import { ConfigError, type EnvSources, expandEnvironment, expandReferences } from './expand-env';
import { serviceVariables } from './service-env';
import { buildContainer, buildPod } from './testing/build-pod';

const sources: EnvSources = {
  configMap: (name) => (name === 'cfg' ? { COLOR: 'red', 'bad=name': 'x' } : undefined),
  secret: (name) => (name === 'key' ? { TOKEN: 't' } : undefined),
  fields: { nodeName: 'node1', hostIp: '192.0.2.1', podIp: '10.244.0.5', allocatable: { cpu: '2', memory: '1Gi' } },
  services: { WEB_SERVICE_HOST: '10.96.0.9' },
};
const pod = buildPod({}, { labels: { app: 'shop' } });
const environment = (more: Partial<Container>) => expandEnvironment(pod, buildContainer('a', more), sources);
const values = (more: Partial<Container>) => Object.fromEntries(environment(more).values);

describe('expandReferences()', () => {
  const known = new Map([['A', '1']]);
  test.each([
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$(B)', '$(B)'],
    ['$$(A)', '$(A)'],
    ['$A', '$A'],
    ['$(', '$('],
    ['$$$(A)', '$1'],
  ])('turns %s into %s', (text, expected) => {
    expect(expandReferences(text, known)).toBe(expected);
  });
});

describe('expandEnvironment()', () => {
  test('lets later variables see earlier ones, and Services', () => {
    const env = [
      { name: 'A', value: 'x' },
      { name: 'B', value: '$(A)-$(WEB_SERVICE_HOST)-$(C)' },
      { name: 'C', value: 'y' },
    ];
    expect(values({ env })).toMatchObject({ A: 'x', B: 'x-10.96.0.9-$(C)', C: 'y' });
  });

  test('lets env override envFrom, and prefixes keys', () => {
    const envFrom = [{ configMapRef: { name: 'cfg' } }, { prefix: 'P_', secretRef: { name: 'key' } }];
    const result = environment({ envFrom, env: [{ name: 'COLOR', value: 'blue' }] });
    expect(Object.fromEntries(result.values)).toMatchObject({ COLOR: 'blue', P_TOKEN: 't' });
    expect(result.warnings).toEqual([
      'Keys [bad=name] from the EnvFrom ConfigMap cfg were skipped since they are considered invalid environment variable names.',
    ]);
  });

  test('reads fields, resources and keys', () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const env = [
      field('IP', 'status.podIP'),
      field('APP', "metadata.labels['app']"),
      field('NODE', 'spec.nodeName'),
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
      { name: 'T', valueFrom: { secretKeyRef: { name: 'key', key: 'TOKEN' } } },
      { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'no', key: 'k', optional: true } } },
    ];
    const found = values({ env, resources: { requests: { memory: '64Mi' } } });
    expect(found).toMatchObject({ IP: '10.244.0.5', APP: 'shop', NODE: 'node1', CPU: '2000', MEM: '64', T: 't' });
    expect(found).not.toHaveProperty('NONE');
  });

  test.each([
    ['configmap "no" not found', { envFrom: [{ configMapRef: { name: 'no' } }] }],
    ['secret "no" not found', { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] }],
    [
      "couldn't find key k in ConfigMap default/cfg",
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cfg', key: 'k' } } }] },
    ],
  ])('throws: %s', (message, more) => {
    expect(() => environment(more)).toThrow(new ConfigError(message));
  });
});

describe('serviceVariables()', () => {
  const api = { host: '192.0.2.1', port: 6443 };
  const service = (name: string, namespace: string, clusterIP: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });

  test('falls back to the API server address, and knows Docker links', () => {
    expect(serviceVariables([service('my-web', 'default', '10.96.0.9')], 'default', true, api)).toEqual({
      KUBERNETES_SERVICE_HOST: '192.0.2.1',
      KUBERNETES_SERVICE_PORT: '6443',
      MY_WEB_SERVICE_HOST: '10.96.0.9',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_PORT: 'tcp://10.96.0.9:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.96.0.9:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.9',
    });
  });

  test('tells other namespaces and pods without links of the API only', () => {
    const services = [
      service('kubernetes', 'default', '10.96.0.1'),
      service('web', 'shop', 'None'),
      service('db', 'shop', '10.96.0.3'),
    ];
    expect(Object.keys(serviceVariables(services, 'shop', false, api))).toContain('KUBERNETES_SERVICE_HOST');
    expect(serviceVariables(services, 'shop', false, api)).not.toHaveProperty('DB_SERVICE_HOST');
    expect(serviceVariables(services, 'shop', true, api)).not.toHaveProperty('WEB_SERVICE_HOST');
    expect(serviceVariables(services, 'other', true, api)['KUBERNETES_SERVICE_HOST']).toBe('10.96.0.1');
  });
});
