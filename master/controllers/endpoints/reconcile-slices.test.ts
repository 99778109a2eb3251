import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { MAX_ENDPOINTS, reconcileSlices, type SlicePlan } from './reconcile-slices';

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', uid: 'svc', labels: { team: 'a' } },
  spec: { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};

function pod(
  name: string,
  options: { ready?: boolean; ip?: string; port?: number; deleting?: boolean; phase?: string } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      ...(options.deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      nodeName: 'node1',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: options.port ?? 8080 }] }],
    },
    status: {
      phase: options.phase ?? 'Running',
      podIP: options.ip ?? `10.244.0.${name.length}`,
      conditions: [{ type: 'Ready', status: (options.ready ?? true) ? 'True' : 'False' }],
    },
  };
}

/** The slices after the plan has been carried out, as the API would show them. */
function applied(slices: readonly EndpointSlice[], plan: SlicePlan): EndpointSlice[] {
  const updated = new Map(plan.update.map((slice) => [slice.metadata.name, slice]));
  const kept = slices
    .filter((slice) => !plan.delete.includes(slice))
    .map((slice) => updated.get(slice.metadata.name) ?? slice);
  const created = plan.create.map((slice, index) => ({
    ...slice,
    metadata: { ...slice.metadata, name: `web-${kept.length + index}` },
  }));
  return [...kept, ...created];
}

const settle = (pods: readonly Pod[], slices: readonly EndpointSlice[] = []) =>
  applied(slices, reconcileSlices(service, pods, slices));
const conditionsOf = (slices: readonly EndpointSlice[]) =>
  slices.flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.conditions));

describe('reconcileSlices()', () => {
  test('resolves a named port on the pod and labels the slice for its Service', () => {
    const [slice] = settle([pod('a')]);
    expect(slice?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(slice?.metadata.labels).toEqual({
      team: 'a',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    expect(slice?.endpoints[0]).toMatchObject({
      addresses: ['10.244.0.1'],
      nodeName: 'node1',
      targetRef: { kind: 'Pod', name: 'a' },
    });
  });

  test('returns an empty plan when nothing changed', () => {
    const pods = [pod('a'), pod('bb', { ready: false })];
    expect(reconcileSlices(service, pods, settle(pods))).toEqual({ create: [], update: [], delete: [] });
  });

  test.each<[string, Parameters<typeof pod>[1], { ready: boolean; serving: boolean; terminating: boolean }]>([
    ['a ready pod', {}, { ready: true, serving: true, terminating: false }],
    ['an unready pod', { ready: false }, { ready: false, serving: false, terminating: false }],
    ['a draining pod', { deleting: true }, { ready: false, serving: true, terminating: true }],
  ])('shows the state of %s', (_, options, expected) => {
    expect(conditionsOf(settle([pod('a', options)]))).toEqual([expected]);
  });

  test('leaves out pods that have ended or have no address yet', () => {
    expect(conditionsOf(settle([pod('a', { phase: 'Succeeded' }), pod('b', { ip: '' })]))).toEqual([]);
  });

  test('keeps one empty slice when nothing stands behind the Service, and no more', () => {
    const empty = settle([], settle([pod('a')]));
    expect(empty).toHaveLength(1);
    expect(empty[0]?.endpoints).toEqual([]);
    expect(reconcileSlices(service, [], empty)).toEqual({ create: [], update: [], delete: [] });
  });

  test('separates pods on which the port name means different numbers', () => {
    const slices = settle([pod('a'), pod('bb', { port: 9090 })]);
    expect(slices.map((slice) => slice.ports?.[0]?.port).sort()).toEqual([8080, 9090]);
  });

  test('splits many endpoints and rewrites only the slice of a changed pod', () => {
    const pods = Array.from({ length: MAX_ENDPOINTS * 2 + 1 }, (_, i) =>
      pod(`p${i}`, { ip: `10.244.${Math.floor(i / 200)}.${i % 200}` }),
    );
    const slices = settle(pods);
    expect(slices).toHaveLength(3);
    const plan = reconcileSlices(service, pods.slice(1), slices);
    expect([plan.create.length, plan.update.length, plan.delete.length]).toEqual([0, 1, 0]);
  });
});
