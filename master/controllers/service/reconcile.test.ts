import type { Service } from '../../../helper/api/core/service';
import { reconcileService } from './reconcile';

const ranges = {
  serviceCidrs: ['10.96.0.0/12', '192.168.0.0/16'],
  nodePorts: { first: 30000, last: 32767 },
  loadBalancerCidr: '198.18.0.0/24',
};

const service = (name: string, clusterIP: string, created: string, nodePort?: number): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', creationTimestamp: created },
  spec: { clusterIP, ports: [{ port: 80, ...(nodePort ? { nodePort } : {}) }] },
});

describe('reconcileService()', () => {
  const first = service('a', '10.96.0.5', '2026-01-01T00:00:00Z', 30001);
  test.each<[string, Service, string[]]>([
    ['finds nothing wrong with a Service of its own', service('b', '10.96.0.6', '2026-01-02T00:00:00Z', 30002), []],
    [
      'reports the younger of two with one address',
      service('b', '10.96.0.5', '2026-01-02T00:00:00Z'),
      ['ClusterIPAlreadyAllocated'],
    ],
    ['leaves the older of two alone', service('b', '10.96.0.5', '2025-01-02T00:00:00Z'), []],
    [
      'reports an address outside every range',
      service('b', '172.16.0.1', '2026-01-02T00:00:00Z'),
      ['ClusterIPOutOfRange'],
    ],
    [
      'reports a node port held by an older Service',
      service('b', 'None', '2026-01-02T00:00:00Z', 30001),
      ['NodePortAlreadyAllocated'],
    ],
    ['reports a node port outside the range', service('b', '', '2026-01-02T00:00:00Z', 80), ['NodePortOutOfRange']],
  ])('%s', (_, candidate, expected) => {
    expect(reconcileService(candidate, [first, candidate], ranges).map((finding) => finding.reason)).toEqual(expected);
  });
});
