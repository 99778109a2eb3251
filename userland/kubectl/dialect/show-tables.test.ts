import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import type { Ingress } from '../../../helper/api/networking/ingress';
import { dnsTable, nodeTable, podTable, replicaSetTable, serviceTable } from './show-tables';

const NOW = new Date('2026-01-01T00:03:12Z');
const created = { creationTimestamp: '2026-01-01T00:00:00Z', uid: '1a2b3c4d-0000', namespace: 'default' };

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'shop-pod',
    ...created,
    annotations: { 'minik8s.io/name': 'Shop_Pod', 'minik8s.io/cpu': '2', 'minik8s.io/scheduling-strategy': 'random' },
  },
  spec: {
    nodeName: 'n1',
    containers: [
      {
        name: 'web',
        image: 'nginx',
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: '500m', memory: '64Mi' } },
        volumeMounts: [{ name: 'volume-0', mountPath: '/html' }],
      },
      {
        name: 'b',
        image: 'x',
        resources: { limits: { memory: '64Mi' } },
        volumeMounts: [{ name: 'volume-0', mountPath: '/html' }],
      },
    ],
    volumes: [{ name: 'volume-0', hostPath: { path: '$/site' } }],
  },
  status: { phase: 'Running', podIP: '10.244.0.5' },
};

describe('dnsTable()', () => {
  test('has a row for every path, as the dialect writes it', () => {
    const ingress: Ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop-dns', ...created, annotations: { 'minik8s.io/name': 'Shop_dns' } },
      spec: {
        rules: [
          {
            host: 'shop.local',
            http: {
              paths: ['/cart(/|$)(.*)', '/()(.*)'].map((path) => ({
                path,
                pathType: 'ImplementationSpecific',
                backend: { service: { name: 'cart', port: { number: 88 } } },
              })),
            },
          },
        ],
      },
      status: { loadBalancer: { ingress: [{ ip: '198.18.0.1' }] } },
    };
    const row = ['Shop_dns', 'shop-dns-1a2b3c4d', 'Running', '3m12s', 'shop.local'];
    expect(dnsTable([ingress], NOW).rows).toEqual([
      [...row, '/cart', 'cart', '88'],
      [...row, '/', 'cart', '88'],
    ]);
    const missing = {
      ...ingress,
      status: { loadBalancer: { ingress: [{ ip: '198.18.0.1', ports: [{ port: 80, protocol: 'TCP', error: 'x' }] }] } },
    };
    expect(dnsTable([missing], NOW).rows[0]?.[2]).toBe('Creating');
  });
});

describe('podTable()', () => {
  it('has the columns of the dialect, names as written, ceilings and host folders', () => {
    expect(podTable([pod], [], [], NOW)).toEqual({
      header: [
        'name',
        'instance_name',
        'status',
        'created time',
        'ip',
        'volume',
        'ports',
        'cpu',
        'mem',
        'node',
        'strategy',
      ],
      rows: [
        [
          'Shop_Pod',
          'shop-pod-1a2b3c4d',
          'Running',
          '3m12s',
          '10.244.0.5',
          '$/site:/html',
          '80',
          '2',
          '128Mi',
          'n1',
          'random',
        ],
      ],
    });
  });

  it('lists stopped pods as Removed, without an instance', () => {
    const { metadata, spec } = pod;
    const stopped: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: metadata.name },
      ...(spec ? { spec } : {}),
    };
    expect(podTable([], [], [stopped], NOW).rows[0]?.slice(0, 5)).toEqual(['shop-pod', '-', 'Removed', '-', '-']);
  });

  it('is empty for no pods', () => {
    expect(podTable([], [], [], NOW).rows).toEqual([]);
  });
});

describe('serviceTable()', () => {
  it('shows ports as port->target/protocol and the pods behind', () => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', ...created },
      spec: {
        type: 'ClusterIP',
        clusterIP: '192.168.88.88',
        selector: { app: 'a' },
        ports: [{ port: 88, targetPort: 80, protocol: 'TCP' }],
      },
    };
    const endpoints: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '10.244.0.5', targetRef: { name: 'shop-pod' } }] }],
    };
    expect(serviceTable([service], [endpoints], NOW).rows).toEqual([
      ['web', 'web-1a2b3c4d', 'Running', '3m12s', 'ClusterIP', '192.168.88.88', '-', '88->80/tcp', 'shop-pod'],
    ]);
  });
});

describe('replicaSetTable()', () => {
  it('shows ready/desired', () => {
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web', generation: 1, ...created },
      spec: { replicas: 3, selector: {} },
      status: { replicas: 3, readyReplicas: 2, observedGeneration: 1 },
    };
    expect(replicaSetTable([set], NOW).rows).toEqual([['web', 'web-1a2b3c4d', 'Updating', '3m12s', '2/3']]);
  });
});

describe('nodeTable()', () => {
  it('shows where the kubelet answers and what is used', () => {
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1' },
      status: {
        addresses: [{ type: 'InternalIP', address: '192.0.2.7' }],
        capacity: { cpu: '2', memory: '4Gi' },
        conditions: [{ type: 'Ready', status: 'True' }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    };
    const shown = ['n1', 'Running', 'https://192.0.2.7:10250', '4Gi'];
    expect(nodeTable([node], []).rows).toEqual([[...shown, '-', '-']]);
    const use = { metadata: { name: 'n1' }, usage: { cpu: '500m', memory: '1Gi' } };
    expect(nodeTable([node], [use]).rows).toEqual([[...shown, '25%', '25%']]);
  });
});
