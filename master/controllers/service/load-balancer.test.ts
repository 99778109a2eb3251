import type { Service } from '../../../helper/api/core/service';
import { planLoadBalancer } from './load-balancer';

const POOL = '198.18.0.0/30';
const service = (name: string, spec: Service['spec'], ip?: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', ...spec },
  status: { loadBalancer: ip ? { ingress: [{ ip }] } : {} },
});
const others = (...ips: string[]) => ips.map((ip, index) => service(`other-${index}`, {}, ip));

describe('planLoadBalancer()', () => {
  test.each<[string, Service, Service[], ReturnType<typeof planLoadBalancer>]>([
    [
      'gives the first free address',
      service('web', {}),
      others('198.18.0.1'),
      { ingress: [{ ip: '198.18.0.2', ipMode: 'VIP' }] },
    ],
    ['keeps what a Service has', service('web', {}, '198.18.0.2'), [], {}],
    [
      'gives the address that is asked for',
      service('web', { loadBalancerIP: '198.18.0.2' }),
      [],
      { ingress: [{ ip: '198.18.0.2', ipMode: 'VIP' }] },
    ],
    [
      'says that an address is not in the pool',
      service('web', { loadBalancerIP: '192.0.2.1' }),
      [],
      { problem: 'the requested address 192.0.2.1 is not in the pool 198.18.0.0/30' },
    ],
    [
      'says that an address belongs to another Service',
      service('web', { loadBalancerIP: '198.18.0.1' }),
      others('198.18.0.1'),
      { problem: 'the requested address 198.18.0.1 belongs to another Service' },
    ],
    [
      'says that the pool is empty',
      service('web', {}),
      others('198.18.0.1', '198.18.0.2'),
      { problem: 'all addresses of the pool 198.18.0.0/30 are in use' },
    ],
    [
      'takes the address back when the type changes',
      service('web', { type: 'ClusterIP' }, '198.18.0.1'),
      [],
      { ingress: [] },
    ],
    ['leaves a foreign status alone', service('web', { type: 'ClusterIP' }, '203.0.113.1'), [], {}],
    ['leaves Services of a class to its controller', service('web', { loadBalancerClass: 'example.com/x' }), [], {}],
  ])('%s', (_, subject, all, expected) => expect(planLoadBalancer(subject, [...all, subject], POOL)).toEqual(expected));

  test('leaves out what was given to another Service a moment ago', () => {
    const given = new Map([['default/other', '198.18.0.1']]);
    expect(planLoadBalancer(service('web', {}), [], POOL, given).ingress?.[0]?.ip).toBe('198.18.0.2');
  });
});
