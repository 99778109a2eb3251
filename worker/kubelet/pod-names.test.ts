import type { Pod } from '../../helper/api/core/pod';
import { renderHosts, renderResolvConf } from './pod-names';

const cluster = { address: '10.96.0.10', domain: 'cluster.local' };
const node = 'nameserver 192.0.2.53\nsearch lab.example\noptions timeout:1\n';
const pod = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-0', namespace: 'shop' },
  spec: { containers: [], ...spec },
});

const CLUSTER_FIRST =
  'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local lab.example\noptions ndots:5\n';

describe('renderResolvConf()', () => {
  test.each<[string, Partial<NonNullable<Pod['spec']>>, string]>([
    ['asks the cluster by default', {}, CLUSTER_FIRST],
    ['asks the node for policy Default', { dnsPolicy: 'Default' }, node],
    ['asks the node for pods of the node network', { hostNetwork: true }, node],
    [
      'asks the cluster from the node network when told to',
      { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
      CLUSTER_FIRST,
    ],
    [
      'has only what the pod says for policy None',
      {
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['1.1.1.1'],
          searches: ['resolv.conf.local'],
          options: [{ name: 'ndots', value: '2' }],
        },
      },
      'nameserver 1.1.1.1\nsearch resolv.conf.local\noptions ndots:2\n',
    ],
    [
      'adds what the pod says to what the policy gives, its options winning',
      {
        dnsConfig: {
          nameservers: ['1.1.1.1'],
          searches: ['x.test'],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
      },
      'nameserver 10.96.0.10\nnameserver 1.1.1.1\nsearch shop.svc.cluster.local svc.cluster.local cluster.local lab.example x.test\noptions ndots:2 edns0\n',
    ],
  ])('%s', (_, spec, expected) => expect(renderResolvConf(pod(spec), node, cluster)).toBe(expected));
});

describe('renderHosts()', () => {
  test('names the pod with its domain when it has a subdomain', () => {
    const text = renderHosts(pod({ subdomain: 'web' }), '10.244.0.5', 'node1', 'cluster.local');
    expect(text).toContain('10.244.0.5\tweb-0.web.shop.svc.cluster.local\tweb-0\n');
  });
});
