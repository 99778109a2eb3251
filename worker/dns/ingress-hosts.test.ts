import type { Ingress } from '../../helper/api/networking/ingress';
import { IngressHosts } from './ingress-hosts';

const ingress = (name: string, hosts: readonly string[], ip?: string): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'default' },
  spec: { rules: hosts.map((host) => ({ host })) },
  status: { loadBalancer: ip ? { ingress: [{ ip }] } : {} },
});
const A = '198.18.0.1';

describe('IngressHosts', () => {
  const hosts = new IngressHosts('cluster.local');
  const first = ingress('a', ['Shop.local', '*.wild.local', 'kubernetes.default.svc.cluster.local'], A);

  it('knows nothing before the Ingress has an address', () => {
    expect(hosts.change(undefined, ingress('a', ['shop.local']))).toBe(false);
    expect(hosts.lookup('shop.local')).toBeUndefined();
  });

  it('knows its hosts then, wildcards for one label, and nothing of the domain of the cluster', () => {
    expect(hosts.change(undefined, first)).toBe(true);
    expect(hosts.lookup('shop.local')).toEqual([{ name: 'shop.local', type: 'A', address: A }]);
    expect(hosts.lookup('x.wild.local')).toEqual([{ name: 'x.wild.local', type: 'A', address: A }]);
    expect(
      ['x.y.wild.local', 'wild.local', 'www.shop.local', 'local', 'kubernetes.default.svc.cluster.local'].map((name) =>
        hosts.lookup(name),
      ),
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(hosts.list()).toEqual([['shop.local', A]]);
  });

  it('says when a change changes nothing', () => {
    expect(hosts.change(first, { ...first, metadata: { ...first.metadata, labels: { a: 'b' } } })).toBe(false);
  });

  it('keeps a host that another Ingress has too', () => {
    hosts.change(undefined, ingress('b', ['shop.local'], A));
    expect(hosts.change(first, undefined)).toBe(true);
    expect(hosts.list()).toEqual([['shop.local', A]]);
    hosts.change(ingress('b', ['shop.local'], A), undefined);
    expect(hosts.list()).toEqual([]);
  });
});
