import type { ServiceSpec } from 'kubernetes-types/core/v1';
import { type Service, serviceKind } from './service';

const { strategy } = serviceKind;
const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);

function serviceWith(spec: ServiceSpec, name = 'web'): Service {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', resourceVersion: '1' },
    spec: structuredClone(spec),
  };
  strategy.prepareForCreate?.(service);
  strategy.applyDefaults?.(service);
  return service;
}

/** What the api-server does with an update: carry over, defaults, both validations. */
function update(old: Service, spec: ServiceSpec): { service: Service; errors: string[] } {
  const service: Service = { ...structuredClone(old), spec: structuredClone(spec) };
  strategy.prepareForUpdate?.(service, old);
  strategy.applyDefaults?.(service);
  return { service, errors: said([...strategy.validate(service), ...(strategy.validateUpdate?.(service, old) ?? [])]) };
}

const web: ServiceSpec = { selector: { app: 'web' }, ports: [{ port: 80 }] };

describe('defaults of a Service', () => {
  test('are those of Kubernetes', () => {
    expect(serviceWith(web).spec).toEqual({
      selector: { app: 'web' },
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  test.each<[string, ServiceSpec, ServiceSpec]>([
    ['NodePort', { ...web, type: 'NodePort' }, { externalTrafficPolicy: 'Cluster' }],
    ['LoadBalancer', { ...web, type: 'LoadBalancer' }, { allocateLoadBalancerNodePorts: true }],
    ['an address asked for', { ...web, clusterIP: '10.96.0.9' }, { clusterIPs: ['10.96.0.9'] }],
    ['headless', { ...web, clusterIP: 'None' }, { clusterIPs: ['None'], ipFamilies: ['IPv4'] }],
    [
      'sticky',
      { ...web, sessionAffinity: 'ClientIP' },
      { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } },
    ],
  ])('of %s', (_name, spec, expected) => {
    expect(serviceWith(spec).spec).toMatchObject(expected);
    expect(strategy.validate(serviceWith(spec))).toEqual([]);
  });

  test('of ExternalName has no address', () => {
    const service = serviceWith({ type: 'ExternalName', externalName: 'example.com' });
    expect(service.spec).toEqual({ type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' });
    expect(strategy.validate(service)).toEqual([]);
  });
});

describe('validation of a Service', () => {
  test.each<[string, ServiceSpec, unknown[]]>([
    ['without ports', { selector: {} }, ['spec.ports: Required value']],
    [
      'with two ports without names',
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'with one port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
    ],
    [
      'with port 0',
      { ports: [{ port: 0, targetPort: 1 }] },
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'with a node port that its type has not',
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'of an unknown type',
      { ...web, type: 'Magic' },
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'with source ranges that are none',
      { ...web, type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8', '1.2.3.4/40'] },
      [
        'spec.LoadBalancerSourceRanges: Invalid value: "[10.0.0.0/8 1.2.3.4/40]": must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 ',
      ],
    ],
    ['without external name', { type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      'with an address that is none',
      { ...web, clusterIP: 'ten' },
      ['spec.clusterIPs[0]: Invalid value: "ten": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'headless with node ports',
      { ...web, type: 'NodePort', clusterIP: 'None' },
      [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
    ],
    [
      'with an external policy nobody outside can see',
      { ...web, externalTrafficPolicy: 'Local' },
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
  ])('refuses one %s', (_name, spec, expected) => {
    expect(said(strategy.validate(serviceWith(spec)))).toEqual(expected);
  });

  test('refuses a name that is no DNS-1035 label', () => {
    expect(said(strategy.validate(serviceWith(web, '1web')))[0]).toMatch(
      /^metadata.name: Invalid value: "1web": a DNS-1035/,
    );
  });
});

describe('update of a Service', () => {
  const nodePort = serviceWith({
    ...web,
    type: 'NodePort',
    clusterIP: '10.96.0.9',
    ports: [{ port: 80, nodePort: 30080 }],
  });

  test('keeps allocated values a manifest leaves out', () => {
    const { service, errors } = update(nodePort, { ...web, type: 'NodePort' });
    expect(errors).toEqual([]);
    expect(service.spec).toMatchObject({
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ports: [{ nodePort: 30080 }],
    });
  });

  test('may not change the address', () => {
    const { errors } = update(nodePort, { ...nodePort.spec, clusterIP: '10.96.0.10' });
    expect(errors).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.0.10"]: may not change once set']);
  });

  test('to ClusterIP gives node ports back', () => {
    const { service, errors } = update(nodePort, { ...nodePort.spec, type: 'ClusterIP' });
    expect(errors).toEqual([]);
    expect(service.spec?.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    expect(service.spec?.externalTrafficPolicy).toBeUndefined();
  });

  test('to ExternalName gives the address back', () => {
    const { service, errors } = update(nodePort, { type: 'ExternalName', externalName: 'example.com' });
    expect(errors).toEqual([]);
    expect(service.spec?.clusterIP).toBeUndefined();
  });
});

test.each<[ServiceSpec, unknown[]]>([
  [{ ...web, clusterIP: '10.96.0.9' }, ['web', 'ClusterIP', '10.96.0.9', '<none>', '80/TCP', '<unknown>', 'app=web']],
  [
    { type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30080 }] },
    ['web', 'NodePort', '10.96.0.9', '<none>', '80:30080/TCP', '<unknown>', '<none>'],
  ],
  [
    { type: 'LoadBalancer', clusterIP: '10.96.0.9', ports: [{ port: 80 }] },
    ['web', 'LoadBalancer', '10.96.0.9', '<pending>', '80/TCP', '<unknown>', '<none>'],
  ],
  [
    { type: 'ExternalName', externalName: 'example.com' },
    ['web', 'ExternalName', '<none>', 'example.com', '<none>', '<unknown>', '<none>'],
  ],
])('columns of a Service %j', (spec, cells) => {
  expect(serviceKind.columns.map((column) => column.value(serviceWith(spec), new Date()))).toEqual(cells);
});

describe('health check port', () => {
  const local: ServiceSpec = {
    ...web,
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31000,
  };

  test('is kept by an update that leaves it out, and goes with the policy that needs it', () => {
    const old = serviceWith(local);
    expect(update(old, { ...local, healthCheckNodePort: 0 }).service.spec?.healthCheckNodePort).toBe(31000);
    const cluster = update(old, { ...local, externalTrafficPolicy: 'Cluster' });
    expect([cluster.service.spec?.healthCheckNodePort, cluster.errors]).toEqual([undefined, []]);
  });

  test('may not change, nor stand where nothing needs it', () => {
    const old = serviceWith(local);
    expect(update(old, { ...local, healthCheckNodePort: 31001 }).errors).toEqual([
      'spec.healthCheckNodePort: Invalid value: 31001: field is immutable',
    ]);
    expect(said(strategy.validate(serviceWith({ ...web, healthCheckNodePort: 31000 })))).toEqual([
      "spec.healthCheckNodePort: Invalid value: 31000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ]);
  });
});
