import type { Pod } from '../../helper/api/core/pod';
import { kernelHostname, podHostname } from './pod-hostname';
import { renderHosts } from './pod-hosts';
import { renderResolvConf } from './pod-resolv-conf';

const node = 'nameserver 192.0.2.53\nsearch lab.example\noptions timeout:1\n';
const facts = { nodeResolvConf: node, clusterDns: '10.96.0.10', clusterDomain: 'cluster.local' };
const place = { nodeName: 'node1', clusterDomain: 'cluster.local' };
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
  ])('%s', (_, spec, expected) => expect(renderResolvConf(pod(spec), facts)).toEqual({ text: expected, warnings: [] }));

  test('says what it leaves out', () => {
    const nameservers = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'];
    const { text, warnings } = renderResolvConf(pod({ dnsPolicy: 'None', dnsConfig: { nameservers } }), facts);
    expect(text).not.toContain('1.1.1.4');
    expect(warnings).toEqual([
      'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1.1.1.1 1.1.1.2 1.1.1.3',
    ]);
  });
});

describe('renderHosts()', () => {
  test('names the pod with its domain when it has a subdomain', () => {
    const text = renderHosts(pod({ subdomain: 'web' }), '10.244.0.5', place, '');
    expect(text).toContain('10.244.0.5\tweb-0.web.shop.svc.cluster.local\tweb-0\n');
  });

  test("takes the node's lines on the node's network, and the pod's aliases", () => {
    const spec = { hostNetwork: true, hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] };
    expect(renderHosts(pod(spec), '192.0.2.1', place, '127.0.0.1 localhost\n')).toBe(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n',
    );
  });
});

describe('kernelHostname()', () => {
  test('is the short name unless the pod asks for the full one', () => {
    expect(kernelHostname(pod({ subdomain: 'web' }), place)).toBe('web-0');
    const full = pod({ subdomain: 'web', setHostnameAsFQDN: true });
    expect(kernelHostname(full, place)).toBe('web-0.web.shop.svc.cluster.local');
    expect(() => kernelHostname(pod({ subdomain: 'w'.repeat(60), setHostnameAsFQDN: true }), place)).toThrow(
      'is too long (64 characters is the max, 89 characters requested)',
    );
  });

  test('podHostname() cuts long names', () => {
    const long = { ...pod({}), metadata: { name: `${'x'.repeat(62)}-abc` } };
    expect(podHostname(long, 'n')).toBe('x'.repeat(62));
  });
});
