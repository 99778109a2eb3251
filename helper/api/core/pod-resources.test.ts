import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { formatAmount, podResources, qosClassOf } from './pod-resources';

const container = (requests: Record<string, string>, limits: Record<string, string> = {}): Container => ({
  name: 'c',
  resources: { requests, limits },
});
const sidecar = (requests: Record<string, string>): Container => ({ ...container(requests), restartPolicy: 'Always' });

describe('podResources()', () => {
  test.each<[string, PodSpec, Record<string, number>]>([
    ['nothing', { containers: [{ name: 'c' }] }, {}],
    ['no containers at all', { containers: [] }, {}],
    [
      'a sum',
      { containers: [container({ cpu: '1' }), container({ cpu: '500m', memory: '1Mi' })] },
      { cpu: 1500, memory: 1048576 },
    ],
    [
      'the hungriest init container when it needs more than the app',
      { initContainers: [container({ cpu: '3' }), container({ cpu: '1' })], containers: [container({ cpu: '1' })] },
      { cpu: 3000 },
    ],
    [
      'sidecars beside the app and beside later init containers',
      { initContainers: [sidecar({ cpu: '1' }), container({ cpu: '3' })], containers: [container({ cpu: '2' })] },
      { cpu: 4000 },
    ],
    [
      'overhead on top',
      { containers: [container({ cpu: '1' })], overhead: { cpu: '250m', memory: '1k' } },
      { cpu: 1250, memory: 1000 },
    ],
    ['only what can be read', { containers: [container({ cpu: 'much' })] }, {}],
  ])('requests %s', (_name, spec, expected) => {
    expect(podResources(spec).requests).toEqual(expected);
  });

  test('gives overhead to limits only where there is one', () => {
    const spec = { containers: [container({}, { cpu: '1' })], overhead: { cpu: '1', memory: '1' } };
    expect(podResources(spec).limits).toEqual({ cpu: 2000 });
  });

  test('formatAmount() writes amounts as quantities', () => {
    expect([formatAmount('cpu', 1500), formatAmount('memory', 1048576), formatAmount('nvidia.com/gpu', 2)]).toEqual([
      '1500m',
      '1Mi',
      '2',
    ]);
  });
});

describe('qosClassOf()', () => {
  const full = { cpu: '1', memory: '1Gi' };
  test.each<[string, PodSpec]>([
    ['BestEffort', { containers: [{ name: 'c' }] }],
    ['BestEffort', { containers: [container({ 'nvidia.com/gpu': '1' })] }],
    ['Guaranteed', { containers: [container(full, full)] }],
    ['Guaranteed', { containers: [container({}, full)] }],
    ['Burstable', { containers: [container({ cpu: '500m', memory: '1Gi' }, full)] }],
    ['Burstable', { containers: [container(full, full), { name: 'd' }] }],
    ['Burstable', { containers: [container({ cpu: '1' }, { cpu: '1' })] }],
  ])('is %s', (expected, spec) => {
    expect(qosClassOf(spec)).toBe(expected);
  });
});
