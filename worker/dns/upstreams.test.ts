import type { ConfigMap } from '../../helper/api/core/config-map';
import { routesOf, serversFor } from './upstreams';

const resolvConf = '# by dhcp\nnameserver 192.0.2.1\nnameserver ::1\nnameserver 10.96.0.10\nsearch lab\n';
const config = (data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  data,
});
const own = new Set(['10.96.0.10']);
const ask = (name: string, data?: Record<string, string>) =>
  serversFor(routesOf(resolvConf, data && config(data), own), name).map(({ address, port }) => `${address}:${port}`);

describe('routesOf()', () => {
  test('asks the node’s servers, never itself', () => expect(ask('example.com')).toEqual(['192.0.2.1:53']));

  test('asks the servers of a stub domain for names in it only', () => {
    const data = { stubDomains: '{"acme.local": ["10.0.0.5:5353"]}' };
    expect([ask('x.acme.local', data), ask('acme.local', data), ask('notacme.local', data)]).toEqual([
      ['10.0.0.5:5353'],
      ['10.0.0.5:5353'],
      ['192.0.2.1:53'],
    ]);
  });

  test('lets upstreamNameservers replace the node’s', () =>
    expect(ask('example.com', { upstreamNameservers: '["8.8.8.8", "8.8.4.4"]' })).toEqual([
      '8.8.8.8:53',
      '8.8.4.4:53',
    ]));

  test('says what it cannot read and goes on with the rest', () => {
    const routes = routesOf(resolvConf, config({ stubDomains: '{', upstreamNameservers: '["dns.example"]' }), own);
    expect(routes.problems).toHaveLength(2);
    expect(routes.problems[0]).toContain('"dns.example" is not an IPv4 address');
  });
});
