import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { reconcileEndpoints } from './reconcile-endpoints';

const now = new Date('2026-01-01T00:00:00Z');
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

const pod = (name: string, ready: boolean, deletionTimestamp?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  spec: { containers: [] },
  status: { podIP: `10.244.0.${name.length}`, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

describe('reconcileEndpoints()', () => {
  test('keeps ready and not ready addresses apart and leaves out pods being deleted', () => {
    const result = reconcileEndpoints(
      service,
      [pod('a', true), pod('bb', false), pod('ccc', true, 'now')],
      undefined,
      now,
    );
    const [subset] = result?.subsets ?? [];
    expect(subset?.addresses?.map((address) => address.ip)).toEqual(['10.244.0.1']);
    expect(subset?.notReadyAddresses?.map((address) => address.ip)).toEqual(['10.244.0.2']);
    expect(subset?.ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
  });

  test('writes an empty object for a Service without pods, and nothing when that is there', () => {
    const empty = reconcileEndpoints(service, [], undefined, now);
    expect(empty?.subsets).toEqual([]);
    expect(reconcileEndpoints(service, [], empty, now)).toBeUndefined();
  });

  test('drops pods that appear from the not ready to the ready list', () => {
    const before = reconcileEndpoints(service, [pod('a', false)], undefined, now);
    const after = reconcileEndpoints(service, [pod('a', true)], before, now);
    expect(after?.subsets?.[0]?.notReadyAddresses).toBeUndefined();
    expect(after?.subsets?.[0]?.addresses).toHaveLength(1);
  });
});
