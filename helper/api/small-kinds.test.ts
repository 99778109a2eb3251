import { leaseKind } from './coordination/lease';
import { type ConfigMap, configMapKind } from './core/config-map';
import { endpointsKind } from './core/endpoints';
import { type Event, eventKind } from './core/event';
import { type Namespace, namespaceKind } from './core/namespace';
import { type Node, nodeKind } from './core/node';
import { type Secret, secretKind } from './core/secret';
import { endpointSliceKind } from './discovery/endpoint-slice';
import type { Kind } from './kind';
import type { KubeObject } from './meta';

const now = new Date('2025-01-01T00:10:00Z');
const metadata = { name: 'x', namespace: 'default', resourceVersion: '1', creationTimestamp: '2025-01-01T00:00:00Z' };
const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const cells = <T extends KubeObject>(kind: Kind<T>, object: T) =>
  kind.columns.map((column) => column.value(object, now));

describe('Namespace', () => {
  test('starts Active, with its finalizer and its name as a label, and keeps the finalizer', () => {
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    namespaceKind.strategy.prepareForCreate?.(namespace);
    namespaceKind.strategy.applyDefaults?.(namespace);
    expect(namespace).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'shop' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    const changed: Namespace = { ...namespace, spec: {} };
    namespaceKind.strategy.prepareForUpdate?.(changed, namespace);
    expect(changed.spec?.finalizers).toEqual(['kubernetes']);
  });
});

describe('Node', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'gpu' } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
    },
  };

  test('shows readiness, roles and addresses', () => {
    expect(cells(nodeKind, node)).toEqual([
      'n',
      'NotReady,SchedulingDisabled',
      'control-plane,gpu',
      '<unknown>',
      '',
      '192.0.2.1',
      '<none>',
      '<unknown>',
      '<unknown>',
      '<unknown>',
    ]);
  });

  test('reports capacity as allocatable when it reserves nothing, in canonical form', () => {
    const bare: Node = { ...node, status: { capacity: { cpu: '2000m', memory: '2048Ki' } } };
    nodeKind.strategy.applyDefaults?.(bare);
    expect(bare.status).toEqual({ capacity: { cpu: '2', memory: '2Mi' }, allocatable: { cpu: '2', memory: '2Mi' } });
  });

  test('refuses bad taints and a second podCIDR', () => {
    const tainted: Node = {
      ...node,
      spec: {
        taints: [
          { key: 'a', effect: 'Maybe' },
          { key: 'b', effect: 'NoExecute' },
          { key: 'b', effect: 'NoExecute' },
        ],
      },
    };
    expect(said(nodeKind.strategy.validate(tainted))).toEqual([
      'spec.taints[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.taints[2]: Duplicate value: {"key":"b","effect":"NoExecute"}',
    ]);
    const meta = { ...node.metadata, resourceVersion: '1' };
    const before: Node = { ...node, metadata: meta, spec: { podCIDRs: ['10.1.0.0/24'], providerID: 'a' } };
    const after: Node = { ...before, spec: { podCIDRs: ['10.2.0.0/24'], providerID: 'a' } };
    const moved = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid';
    expect(said(nodeKind.strategy.validateUpdate?.(after, before) ?? [])).toEqual([moved]);
    expect(said(nodeKind.strategy.validateUpdate?.({ ...before, spec: {} }, before) ?? [])).toEqual([
      moved,
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
  });

  test.each([
    { spec: { podCIDR: '10.1.0.0/24' }, podCIDRs: ['10.1.0.0/24'], errors: [] },
    { spec: { podCIDRs: ['10.1.0.0/24', 'fd00::/64'] }, podCIDRs: ['10.1.0.0/24', 'fd00::/64'], errors: [] },
    { spec: { podCIDR: '10.2.0.0/24', podCIDRs: ['10.1.0.0/24'] }, podCIDRs: ['10.2.0.0/24'], errors: [] },
    {
      spec: { podCIDRs: ['10.1.0.0/24', 'x'] },
      podCIDRs: ['10.1.0.0/24', 'x'],
      errors: [
        'spec.podCIDRs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        'spec.podCIDRs: Invalid value: ["10.1.0.0/24","x"]: may specify no more than one CIDR for each IP family',
      ],
    },
  ])('podCIDR is the first of podCIDRs: $spec', ({ spec, podCIDRs, errors }) => {
    const given: Node = { ...node, spec: { ...spec } };
    nodeKind.strategy.applyDefaults?.(given);
    expect(given.spec).toMatchObject({ podCIDR: podCIDRs[0], podCIDRs });
    expect(said(nodeKind.strategy.validate(given))).toEqual(errors);
  });
});

describe('ConfigMap', () => {
  const configMap = (change: Partial<ConfigMap>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    ...change,
  });

  test.each<[Partial<ConfigMap>, unknown[]]>([
    [{ data: { 'a/b': '' } }, [expect.stringMatching(/^data\[a\/b\]: Invalid value: "a\/b": a valid config key must/)]],
    [
      { data: { a: '1' }, binaryData: { a: 'MQ==' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [{ data: { a: 'x'.repeat(1048577) } }, [': Too long: may not be more than 1048576 bytes']],
  ])('refuses %j', (change, expected) => {
    expect(said(configMapKind.strategy.validate(configMap(change)))).toEqual(expected);
  });

  test('cannot change once immutable, nor become mutable', () => {
    const old = configMap({ immutable: true, data: { a: '1' } });
    expect(said(configMapKind.strategy.validateUpdate?.(configMap({ data: { a: '2' } }), old) ?? [])).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('Secret', () => {
  const secret = (change: Partial<Secret>): Secret => {
    const object: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, ...change };
    secretKind.strategy.applyDefaults?.(object);
    return object;
  };

  test('merges stringData into data and is Opaque by default', () => {
    const object = secret({ data: { a: 'MQ==' }, stringData: { a: '2', b: 'ü' } });
    expect(object.type).toBe('Opaque');
    expect(object.data).toEqual({ a: 'Mg==', b: 'w7w=' });
    expect(object.stringData).toBeUndefined();
  });

  test.each<[Partial<Secret>, string[]]>([
    [{ type: 'kubernetes.io/tls' }, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    [{ type: 'kubernetes.io/basic-auth', stringData: { password: 'x' } }, []],
    [{ type: 'kubernetes.io/basic-auth' }, ['data[username]: Required value', 'data[password]: Required value']],
    [
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{' } },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be valid JSON'],
    ],
    [{ data: { a: '***' } }, ['data[a]: Invalid value: "<secret contents redacted>": illegal base64 data']],
    [{ type: 'constructor' }, []],
  ])('%j is judged by its type', (change, expected) => {
    expect(said(secretKind.strategy.validate(secret(change)))).toEqual(expected);
  });

  test('keeps its type', () => {
    expect(said(secretKind.strategy.validateUpdate?.(secret({ type: 'a' }), secret({})) ?? [])).toEqual([
      'type: Invalid value: "a": field is immutable',
    ]);
  });
});

describe('Event', () => {
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default', fieldPath: 'spec.containers{a}' },
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off\n',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2025-01-01T00:00:00Z',
    lastTimestamp: '2025-01-01T00:09:00Z',
    count: 4,
  };

  test('shows when, what and about whom', () => {
    expect(cells(eventKind, event)).toEqual([
      '60s',
      'Warning',
      'BackOff',
      'pod/web',
      'spec.containers{a}',
      'kubelet, n1',
      'Back-off',
      '10m',
      '4',
      'x',
    ]);
  });

  test('can be selected by the object it is about', () => {
    expect(eventKind.fieldSelectors['involvedObject.name']?.(event)).toBe('web');
    expect(eventKind.fieldSelectors['source']?.(event)).toBe('kubelet');
  });

  test('lives in the namespace of its object', () => {
    const elsewhere: Event = { ...event, involvedObject: { ...event.involvedObject, namespace: 'other' } };
    expect(said(eventKind.strategy.validate(elsewhere))).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });
});

describe('Endpoints and EndpointSlice', () => {
  test('show the first three addresses and count the rest', () => {
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
    expect(
      cells(endpointsKind, {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata,
        subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port: 80 }] }],
      })[1],
    ).toBe('10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...');
    expect(
      cells(endpointSliceKind, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata,
        addressType: 'IPv4',
        endpoints: [{ addresses }],
      }),
    ).toEqual(['x', 'IPv4', '<unset>', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '10m']);
  });

  test('refuse addresses that mean another machine to everyone', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [{ addresses: [{ ip: '127.0.0.1' }, { ip: 'x' }] }, {}],
    };
    expect(said(endpointsKind.strategy.validate(object))).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[0].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
    ]);
  });

  test('a slice holds addresses of one family', () => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv6',
      endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: [] }],
      ports: [{ port: 0, protocol: 'TCP' }, { protocol: 'TCP' }],
    };
    expect(said(endpointSliceKind.strategy.validate(slice))).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be a valid IPv6 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
      'ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'ports[1].name: Duplicate value: ""',
    ]);
  });
});

test('a Lease counts for more than no time', () => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { leaseDurationSeconds: 0, leaseTransitions: -1 },
  };
  expect(said(leaseKind.strategy.validate(lease))).toEqual([
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
  ]);
});
