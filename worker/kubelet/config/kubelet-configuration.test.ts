import { allocatableOf } from './allocatable';
import { durationMs } from './duration';
import { DEFAULT_CONFIGURATION, parseKubeletConfiguration } from './kubelet-configuration';

const file = (fields: object) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...fields,
});

describe('parseKubeletConfiguration()', () => {
  test('keeps the defaults of what the file does not say', () => {
    expect(parseKubeletConfiguration(file({}))).toEqual(DEFAULT_CONFIGURATION);
    expect(parseKubeletConfiguration(file({ maxPods: 20 }))).toEqual({ ...DEFAULT_CONFIGURATION, maxPods: 20 });
  });

  test('reads quantities, shares and durations', () => {
    const read = parseKubeletConfiguration(
      file({
        containerLogMaxSize: '1Mi',
        containerLogMaxFiles: 3,
        evictionHard: { 'memory.available': '5%' },
        evictionSoft: { 'nodefs.available': '15%' },
        evictionSoftGracePeriod: { 'nodefs.available': '1m30s' },
        evictionPressureTransitionPeriod: '0s',
      }),
    );
    expect(read).toMatchObject({
      containerLogMaxSizeBytes: 1024 * 1024,
      containerLogMaxFiles: 3,
      evictionHard: { 'memory.available': '5%' },
      evictionSoftGracePeriodMs: { 'nodefs.available': 90_000 },
      evictionPressureTransitionMs: 0,
    });
  });

  test.each([
    [{ podsPerCore: 3 }, 'field "podsPerCore" is not known here'],
    [{ maxPods: '20' }, 'maxPods: expected a whole number of at least 0'],
    [{ kubeReserved: { cpu: 'much' } }, 'kubeReserved.cpu: expected a quantity'],
    [{ evictionHard: { 'containerfs.available': '5%' } }, 'signal "containerfs.available" is not known here'],
    [{ evictionSoft: { 'memory.available': '1Gi' } }, 'no period for the soft threshold "memory.available"'],
    [{ evictionPressureTransitionPeriod: 'soon' }, 'expected a duration'],
    [{ shutdownGracePeriod: '500ms' }, 'shutdownGracePeriod: expected zero or at least one second'],
    [
      { shutdownGracePeriod: '5s', shutdownGracePeriodCriticalPods: '10s' },
      'shutdownGracePeriodCriticalPods 10000 ms must be <= shutdownGracePeriod 5000 ms',
    ],
    [
      {
        shutdownGracePeriod: '5s',
        shutdownGracePeriodByPodPriority: [{ priority: 0, shutdownGracePeriodSeconds: 5 }],
      },
      'cannot both be set',
    ],
    [{ shutdownGracePeriodByPodPriority: [{ priority: 'high' }] }, 'shutdownGracePeriodByPodPriority[0].priority'],
    [{ imageGCHighThresholdPercent: 101 }, 'imageGCHighThresholdPercent: expected at most 100'],
    [{ imageGCHighThresholdPercent: 80 }, 'imageGCLowThresholdPercent 80 must be less than'],
    [{ imageMaximumGCAge: '1m' }, 'imageMaximumGCAge 60000 ms must be greater than imageMinimumGCAge 120000 ms'],
    [{ kind: 'Kubelet' }, 'expected apiVersion'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseKubeletConfiguration(file(fields))).toThrow(message);
  });
});

test.each([
  ['1h2m3s', 3_723_000],
  ['500ms', 500],
  ['0', 0],
  ['1 minute', undefined],
  ['', undefined],
])('durationMs() of %j', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

describe('allocatableOf()', () => {
  const capacity = { cpu: '4', memory: '8388608Ki', 'ephemeral-storage': '1000Ki', pods: '110' };

  test('takes away reservations and what hard eviction keeps free', () => {
    const kubeReserved = { cpu: '250m', memory: '100Mi' };
    const evictionHard = { 'memory.available': '100Mi', 'nodefs.available': '10%' };
    const reserved = { ...DEFAULT_CONFIGURATION, kubeReserved, systemReserved: { memory: '100Mi' }, evictionHard };
    expect(allocatableOf(capacity, reserved)).toEqual({
      cpu: '3750m',
      memory: '7892Mi',
      'ephemeral-storage': '900Ki',
      pods: '110',
    });
  });

  test('is the capacity when nothing is kept, and never negative', () => {
    expect(allocatableOf(capacity, { kubeReserved: {}, systemReserved: {}, evictionHard: {} })).toEqual(capacity);
    const all = { kubeReserved: { cpu: '9' }, systemReserved: {}, evictionHard: {} };
    expect(allocatableOf(capacity, all)).toMatchObject({ cpu: '0' });
  });
});
