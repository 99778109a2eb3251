import { eventResource } from '../api/core/event';
import { nodeResource } from '../api/core/node';
import type { KubeObject } from '../api/meta';
import { StatusError } from '../api/status-error';
import { FakeClient } from '../client/fake-client';
import { ManualClock } from '../process/clock';
import type { EventDraft } from './controller';
import { createEventRecorder, type EventRecorder } from './event-recorder';

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'lab', uid: 'u1', resourceVersion: '9' },
};
const draft = (message: string, reason = 'Pulled'): EventDraft => ({ type: 'Normal', reason, message });

describe('createEventRecorder()', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let recorder: EventRecorder;
  const stored = () => client.stored(eventResource);

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock(Date.parse('2026-01-02T03:04:05.678Z'));
    recorder = createEventRecorder(client, { component: 'kubelet', host: 'node1', clock });
  });

  test('record() writes an Event as Kubernetes does', async () => {
    recorder.record(pod, { ...draft('Container image is there'), fieldPath: 'spec.containers{web}' });
    await recorder.flush();
    expect(stored()).toMatchObject([
      {
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'lab' },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name: 'web',
          namespace: 'lab',
          uid: 'u1',
          resourceVersion: '9',
          fieldPath: 'spec.containers{web}',
        },
        type: 'Normal',
        reason: 'Pulled',
        message: 'Container image is there',
        count: 1,
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:05Z',
        source: { component: 'kubelet', host: 'node1' },
        reportingComponent: 'kubelet',
        reportingInstance: 'node1',
      },
    ]);
  });

  test('the same event again raises its count', async () => {
    for (let second = 0; second < 5; second += 1) {
      recorder.record(pod, draft('Pulled'));
      clock.advance(1000);
    }
    await recorder.flush();
    expect(stored()).toMatchObject([
      { count: 5, firstTimestamp: '2026-01-02T03:04:05Z', lastTimestamp: '2026-01-02T03:04:09Z' },
    ]);
  });

  test('an event that was removed meanwhile is written anew', async () => {
    recorder.record(pod, draft('Pulled'));
    await recorder.flush();
    const [first] = stored();
    await client.delete(eventResource, 'lab', first?.metadata.name ?? '');
    recorder.record(pod, draft('Pulled'));
    await recorder.flush();
    expect(stored()).toMatchObject([{ count: 1 }]);
  });

  test('many that differ only in the message become one', async () => {
    for (let index = 0; index < 15; index += 1) recorder.record(pod, draft(`try ${index}`));
    await recorder.flush();
    expect(stored()).toHaveLength(11);
    expect(stored().find(({ message }) => message?.startsWith('(combined'))).toMatchObject({
      message: '(combined from similar events): try 14',
      count: 5,
    });
  });

  test('an object that causes a flood is cut off after a burst, others are not', async () => {
    for (let index = 0; index < 100; index += 1) recorder.record(pod, draft('again', `Reason${index}`));
    recorder.record({ ...pod, metadata: { ...pod.metadata, uid: 'u2' } }, draft('other'));
    await recorder.flush();
    expect(stored()).toHaveLength(26);
  });

  test('events about objects of the cluster scope live in the default namespace', async () => {
    const node = { apiVersion: 'v1', kind: nodeResource.kind, metadata: { name: 'node1', uid: 'node1' } };
    recorder.record(node, draft('Ready', 'NodeReady'));
    await recorder.flush();
    expect(stored()[0]?.metadata.namespace).toBe('default');
    expect(stored()[0]?.involvedObject.namespace).toBeUndefined();
  });

  test('record() never throws: what the server refuses is dropped', async () => {
    client.failNext('create', new StatusError('Forbidden', 'namespace is being terminated'));
    recorder.record(pod, draft('lost'));
    recorder.record(pod, draft('kept'));
    await recorder.flush();
    expect(stored().map(({ message }) => message)).toEqual(['kept']);
  });

  test('stop() takes nothing more', async () => {
    await recorder.stop();
    recorder.record(pod, draft('late'));
    await recorder.flush();
    expect(stored()).toEqual([]);
  });
});
