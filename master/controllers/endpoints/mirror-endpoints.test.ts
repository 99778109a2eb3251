import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { isMirrored, mirrorEndpoints } from './mirror-endpoints';

const source: Endpoints = {
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: {
    name: 'far',
    namespace: 'default',
    uid: 'ep',
    labels: { team: 'a' },
    annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  subsets: [
    { addresses: [{ ip: '192.0.2.1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'http', port: 80 }] },
    { addresses: [{ ip: '192.0.2.3' }], ports: [{ name: 'http', port: 8080 }] },
  ],
};
const stored = (slice: EndpointSlice, name: string): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, name },
});

describe('mirrorEndpoints()', () => {
  const first = mirrorEndpoints(source, []);

  test('makes a slice of every group of ports, with labels, annotations and readiness', () => {
    expect(
      first.create.map((slice) =>
        slice.endpoints.map((endpoint) => [endpoint.addresses[0], endpoint.conditions?.ready]),
      ),
    ).toEqual([
      [
        ['192.0.2.1', true],
        ['192.0.2.2', false],
      ],
      [['192.0.2.3', true]],
    ]);
    expect(first.create[0]?.ports).toEqual([{ name: 'http', port: 80, protocol: 'TCP' }]);
    expect(first.create[0]?.metadata).toMatchObject({
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'far',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      annotations: { note: 'x' },
      ownerReferences: [{ kind: 'Endpoints', uid: 'ep' }],
    });
  });

  const slices = first.create.map((slice, index) => stored(slice, `far-${index}`));

  test('wants nothing when the slices are right', () =>
    expect(mirrorEndpoints(source, slices)).toEqual({ create: [], update: [], delete: [] }));

  test('follows a change of addresses in place, and deletes the slice of ports that went', () => {
    const changed = { ...source, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ name: 'http', port: 80 }] }] };
    const plan = mirrorEndpoints(changed, slices);
    expect(plan.update.map(({ metadata, endpoints }) => [metadata.name, endpoints[0]?.addresses])).toEqual([
      ['far-0', ['192.0.2.9']],
    ]);
    expect(plan.delete.map(({ metadata }) => metadata.name)).toEqual(['far-1']);
  });

  test('deletes all when there is nothing to mirror any more', () =>
    expect(mirrorEndpoints(undefined, slices).delete).toHaveLength(2));
});

describe('isMirrored()', () => {
  const service = (spec: Service['spec']): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'far' },
    ...(spec ? { spec } : {}),
  });
  const labelled = {
    ...source,
    metadata: { ...source.metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  };
  test.each<[string, Endpoints, Service | undefined, boolean]>([
    ['Endpoints of a Service without a selector', source, service({ ports: [] }), true],
    ['Endpoints of a Service with one', source, service({ selector: { app: 'x' } }), false],
    ['Endpoints without a Service', source, undefined, false],
    ['Endpoints that say so themselves', labelled, service({}), false],
  ])('decides for %s', (_, endpoints, owner, expected) => expect(isMirrored(endpoints, owner)).toBe(expected));
});
