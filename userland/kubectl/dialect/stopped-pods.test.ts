import type { Pod } from '../../../helper/api/core/pod';
import { podResource } from '../../../helper/api/core/pod';
import { FakeClient } from '../../../helper/client/fake-client';
import { forgetPod, manifestOf, rememberPod, stoppedPods } from './stopped-pods';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', labels: { app: 'web' } },
  spec: {
    nodeName: 'n1',
    containers: [
      {
        name: 'web',
        image: 'nginx',
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'kube-api-access-x1', mountPath: '/var/run/secrets' },
        ],
      },
    ],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'kube-api-access-x1', projected: { sources: [] } },
    ],
  },
  status: { phase: 'Running' },
};

describe('manifestOf()', () => {
  it('leaves out node, status, identity and the token volume', () => {
    expect(manifestOf(pod)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    });
  });
});

describe('rememberPod()', () => {
  it('keeps the manifest until it is forgotten, the newest one when asked twice', async () => {
    const client = new FakeClient();
    client.seed(podResource, pod);
    await rememberPod(client, pod);
    await rememberPod(client, { ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } });
    const stopped = await stoppedPods(client, 'default');
    expect(stopped.map(({ metadata }) => metadata.labels)).toEqual([{ app: 'other' }]);
    expect(await forgetPod(client, 'default', 'web')).toBe(true);
    expect(await forgetPod(client, 'default', 'web')).toBe(false);
    expect(await stoppedPods(client, 'default')).toEqual([]);
  });
});
