import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import type { Ingress } from '../../../helper/api/networking/ingress';
import type { Finding } from './plan-servers';
import { proxyProblem, runningContainer } from './proxy-pods';
import { eventsOf, statusOf } from './report-findings';

const ingress = (tls = false, ip?: string): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'a', namespace: 'default' },
  spec: tls ? { tls: [{ secretName: 's' }] } : {},
  status: { loadBalancer: ip ? { ingress: [{ ip }] } : {} },
});
const proxy: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'ingress-nginx' },
  status: { loadBalancer: { ingress: [{ ip: '198.18.0.1' }] } },
};
const missing: Finding = {
  kind: 'backend',
  field: 'spec.defaultBackend.service',
  reason: 'Service "default/x" not found',
};

describe('statusOf()', () => {
  it.each([
    ['is the address of the proxy', ingress(), proxy, [], [{ ip: '198.18.0.1' }]],
    ['is empty before the proxy has one', ingress(), undefined, [], []],
    [
      'has the reason at every port when a part is missing',
      ingress(true),
      proxy,
      [missing],
      [
        {
          ip: '198.18.0.1',
          ports: [80, 443].map((port) => ({ port, protocol: 'TCP', error: 'minik8s.io/BackendNotReady' })),
        },
      ],
    ],
    [
      'stays as it is for one that is refused',
      ingress(false, '198.18.0.9'),
      proxy,
      [{ ...missing, kind: 'refused' as const }],
      [{ ip: '198.18.0.9' }],
    ],
  ])('%s', (_, subject, service, findings, expected) => expect(statusOf(subject, service, findings)).toEqual(expected));
});

test('eventsOf() says field and reason', () => {
  expect(eventsOf([missing])).toEqual([
    {
      type: 'Warning',
      reason: 'BackendNotReady',
      message: 'spec.defaultBackend.service: Service "default/x" not found',
    },
  ]);
});

describe('proxyProblem()', () => {
  const pod = (state: object): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'nginx' },
    status: {
      containerStatuses: [
        { name: 'nginx', image: '', imageID: '', ready: false, restartCount: 0, containerID: 'docker://1', state },
      ],
    },
  });
  it.each([
    ['is nothing before there is a pod', [], undefined],
    ['is nothing while one runs', [pod({ running: {} }), pod({ waiting: { reason: 'ErrImagePull' } })], undefined],
    ['is nothing while one starts', [pod({ waiting: { reason: 'ContainerCreating' } })], undefined],
    [
      'is the image that cannot be had',
      [pod({ waiting: { reason: 'ImagePullBackOff' } })],
      "no nginx pod runs in kube-system: its image is not to be had; './run.sh images build nginx' makes it",
    ],
    [
      'is a container that keeps ending',
      [pod({ waiting: { reason: 'CrashLoopBackOff' } })],
      'no nginx pod runs in kube-system: CrashLoopBackOff',
    ],
  ])('%s', (_, pods, expected) => expect(proxyProblem(pods)).toBe(expected));

  it('goes by runningContainer(), which leaves out pods that end', () => {
    const running = pod({ running: {} });
    expect(runningContainer(running)).toBe('docker://1');
    expect(
      runningContainer({ ...running, metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ).toBeUndefined();
  });
});
