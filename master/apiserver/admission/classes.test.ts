import type { PodSpec } from 'kubernetes-types/core/v1';
import { newestMarked } from './newest-marked';
import { growsIn, growthRefusal } from './persistent-volume-claim-resize';
import { applyRuntimeClass } from './runtime-class';

const marked = (name: string, creationTimestamp: string, mark = 'default') => ({
  object: { apiVersion: 'v1', kind: 'X', metadata: { name, creationTimestamp, annotations: { [mark]: 'true' } } },
});
const cacheOf = (...objects: object[]) => ({ table: { list: () => objects } }) as never;
const pod = (spec: Partial<PodSpec> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [], ...spec },
});
const claim = (storage: string, phase = 'Bound') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: { resources: { requests: { storage } } },
  status: { phase },
});

test('newestMarked() takes the newest, the first by name of equals, and none when none is marked', () => {
  const [a, b, c] = [marked('a', '2026-01-01'), marked('b', '2026-01-02'), marked('c', '2026-01-02')];
  expect(newestMarked(cacheOf(a, b, c), 'default')?.metadata.name).toBe('b');
  expect(newestMarked(cacheOf(a), 'other', 'default')?.metadata.name).toBe('a');
  expect(newestMarked(cacheOf(marked('a', '2026-01-01', 'x')), 'default')).toBeUndefined();
});

describe('applyRuntimeClass()', () => {
  const rules = {
    overhead: { podFixed: { cpu: '250m' } },
    scheduling: { nodeSelector: { sandbox: 'yes' }, tolerations: [{ key: 'sandbox', operator: 'Exists' }] },
  };

  test('gives a pod the overhead and the nodes of its class', () => {
    const admitted = pod({ nodeSelector: { disk: 'ssd' } });
    expect(applyRuntimeClass(admitted, rules)).toBeUndefined();
    expect(admitted.spec).toMatchObject({
      overhead: { cpu: '250m' },
      nodeSelector: { disk: 'ssd', sandbox: 'yes' },
      tolerations: [{ key: 'sandbox', operator: 'Exists' }],
    });
  });

  test.each<[string, Partial<PodSpec>, typeof rules | undefined, string]>([
    ['an overhead of its own', { overhead: { cpu: '1' } }, undefined, 'Pod Overhead set without corresponding'],
    ['another overhead', { overhead: { cpu: '1' } }, rules, "Pod's Overhead doesn't match"],
    [
      'other nodes',
      { nodeSelector: { sandbox: 'no' } },
      rules,
      'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
    ],
  ])('refuses a pod with %s', (_what, spec, given, expected) => {
    expect(applyRuntimeClass(pod(spec), given)).toContain(expected);
  });
});

test('growthRefusal() lets bound claims of growing classes grow', () => {
  expect(growsIn(claim('2Gi'), claim('1Gi'))).toBe(true);
  expect(growsIn(claim('1024Mi'), claim('1Gi'))).toBe(false);
  expect(growthRefusal(claim('1Gi'), { allowVolumeExpansion: true })).toBeUndefined();
  expect(growthRefusal(claim('1Gi', 'Pending'), { allowVolumeExpansion: true })).toContain('Only bound');
  expect(growthRefusal(claim('1Gi'), undefined)).toContain('must support resize');
});
