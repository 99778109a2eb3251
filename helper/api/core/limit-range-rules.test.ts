import type { Container, LimitRangeItem } from 'kubernetes-types/core/v1';
import { applyLimitDefaults, claimLimitViolations, podLimitViolations } from './limit-range-rules';

const range = (...limits: LimitRangeItem[]) => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits' },
  spec: { limits },
});
const podOf = (...containers: Partial<Container>[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', annotations: {} as Record<string, string> },
  spec: { containers: containers.map((container, index) => ({ name: `c${index}`, ...container })) },
});
const asks = (requests: Record<string, string>, limits: Record<string, string>) => ({
  resources: { requests, limits },
});

describe('applyLimitDefaults()', () => {
  const defaults = range({
    type: 'Container',
    default: { cpu: '500m', memory: '1Gi' },
    defaultRequest: { cpu: '100m' },
  });

  test('fills what containers lack and notes it', () => {
    const pod = podOf({}, asks({ cpu: '1' }, { cpu: '2', memory: '1Gi' }));
    applyLimitDefaults(pod, defaults);
    expect(pod.spec.containers.map(({ resources }) => resources)).toEqual([
      { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m' } },
      { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } },
    ]);
    expect(pod.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0',
    });
  });

  test('leaves a complete pod alone', () => {
    const pod = podOf(asks({ cpu: '1' }, { cpu: '2', memory: '1Gi' }));
    applyLimitDefaults(pod, defaults);
    expect(pod).toEqual(podOf(asks({ cpu: '1' }, { cpu: '2', memory: '1Gi' })));
  });
});

describe('podLimitViolations()', () => {
  test.each<[string, LimitRangeItem, Partial<Container>[], string[]]>([
    ['nothing', { type: 'Container', max: { cpu: '1' } }, [asks({ cpu: '1' }, { cpu: '1' })], []],
    [
      'too little',
      { type: 'Container', min: { cpu: '200m' } },
      [asks({ cpu: '100m' }, {}), {}],
      [
        'minimum cpu usage per Container is 200m, but request is 100m',
        'minimum cpu usage per Container is 200m.  No request is specified',
      ],
    ],
    [
      'too much',
      { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
      [asks({}, { cpu: '1500m' })],
      [
        'maximum cpu usage per Container is 1, but limit is 1500m',
        'maximum memory usage per Container is 1Gi.  No limit is specified',
      ],
    ],
    [
      'too much of all together',
      { type: 'Pod', max: { memory: '1Gi' } },
      [asks({}, { memory: '600Mi' }), asks({}, { memory: '600Mi' })],
      ['maximum memory usage per Pod is 1Gi, but limit is 1200Mi'],
    ],
    [
      'a ratio too large',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      [asks({ cpu: '250m' }, { cpu: '1' })],
      ['cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000'],
    ],
  ])('finds %s', (_what, item, containers, expected) => {
    expect(podLimitViolations(podOf(...containers), range(item))).toEqual(expected);
  });
});

test('claimLimitViolations() bounds the storage asked for', () => {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { resources: { requests: { storage: '20Gi' } } },
  };
  const limits = range({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '10Gi' } });
  expect(claimLimitViolations(claim, limits)).toEqual([
    'maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi',
  ]);
});
