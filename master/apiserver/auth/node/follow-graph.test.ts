import { podKind } from '../../../../helper/api/core/pod';
import type { KubeObject } from '../../../../helper/api/meta';
import { silentLogger } from '../../../../helper/process/log';
import type { Store, StoreEvent, WatchHandler } from '../../../storage/store';
import { encodeStored } from '../../watch/cached-object';
import { WatchCache } from '../../watch/watch-cache';
import { followGraph } from './follow-graph';

const pod = (secret: string): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'ns' },
    spec: { nodeName: 'n1', containers: [], imagePullSecrets: [{ name: secret }] },
  }) as KubeObject;

describe('followGraph()', () => {
  it('shows what the cache shows: its list, then every change', async () => {
    let handlers: WatchHandler | undefined;
    const key = '/registry/pods/ns/web';
    const value = (object: KubeObject) => encodeStored(podKind as never, object);
    const store = {
      list: async () => ({ items: [{ key, value: value(pod('old')), revision: 1 }], revision: 1 }),
      watch: (_prefix: string, _revision: number, given: WatchHandler) => {
        handlers = given;
        return { cancel() {} };
      },
    } as unknown as Store;
    const cache = new WatchCache(podKind as never, store, silentLogger());
    await cache.whenReady();
    const graph = followGraph({ pods: cache });
    const reaches = (name: string) => graph().reaches('n1', 'secrets', 'ns', name);
    expect([reaches('old'), reaches('new')]).toEqual([true, false]);
    const event = (type: StoreEvent['type'], object: KubeObject, revision: number) =>
      handlers?.onEvent({ type, key, value: value(object), revision } as StoreEvent);
    event('put', pod('between'), 2);
    event('put', pod('new'), 3);
    expect([reaches('old'), reaches('between'), reaches('new')]).toEqual([false, false, true]);
    event('delete', pod('new'), 4);
    expect(reaches('new')).toBe(false);
  });
});
