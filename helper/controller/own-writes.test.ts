import { podResource } from '../api/core/pod';
import type { KubeObject } from '../api/meta';
import type { Informer } from '../client/informer';
import { OwnWrites } from './own-writes';
import type { Selectors } from './shared-informers';

const object = (
  name: string,
  resourceVersion: string,
  uid = 'u1',
  labels: Record<string, string> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid, resourceVersion, labels },
});

/** An informer that shows just these objects, complete up to that revision. */
function showing(resourceVersion: string, ...objects: KubeObject[]): Informer<KubeObject> {
  return {
    resource: podResource,
    resourceVersion,
    hasSynced: true,
    get: (_namespace, name) => objects.find(({ metadata }) => metadata.name === name),
    list: () => objects,
    ownedBy: () => [],
    addHandler: () => {},
    whenSynced: async () => {},
    stop: () => {},
  };
}

describe('OwnWrites.unseen()', () => {
  test.each<[string, Informer<KubeObject>, Selectors, KubeObject, boolean, boolean]>([
    ['a create not shown yet', showing('5'), {}, object('a', '7'), false, false],
    ['a create that is shown', showing('7', object('a', '7')), {}, object('a', '7'), false, true],
    ['an update whose old state is shown', showing('5', object('a', '5')), {}, object('a', '7'), false, false],
    ['an update overtaken by a newer one', showing('9', object('a', '9')), {}, object('a', '7'), false, true],
    ['a create already deleted by somebody', showing('9'), {}, object('a', '7'), false, true],
    ['an update that changed nothing', showing('5', object('a', '5')), {}, object('a', '5'), false, true],
    ['a deletion not heard of', showing('9', object('a', '5')), {}, object('a', '5'), true, false],
    ['a deletion that is shown', showing('9'), {}, object('a', '5'), true, true],
    [
      'a deletion followed by a new object of the name',
      showing('9', object('a', '9', 'u2')),
      {},
      object('a', '5'),
      true,
      true,
    ],
    ['a create the selector passes over', showing('5'), { labelSelector: 'app=web' }, object('a', '7'), false, true],
    [
      'a create the selector takes',
      showing('5'),
      { labelSelector: 'app=web' },
      object('a', '7', 'u1', { app: 'web' }),
      false,
      false,
    ],
    [
      'an update that leaves the selector',
      showing('5', object('a', '5')),
      { labelSelector: 'app=web' },
      object('a', '7'),
      false,
      false,
    ],
    [
      'a create the field selector passes over',
      showing('5'),
      { fieldSelector: 'spec.nodeName=n1' },
      object('a', '7'),
      false,
      true,
    ],
    [
      'a create the field selector takes',
      showing('5'),
      { fieldSelector: 'spec.nodeName!=n1' },
      object('a', '7'),
      false,
      false,
    ],
  ])('%s', (_name, informer, selectors, written, isDeletion, isSeen) => {
    const writes = new OwnWrites([{ informer, selectors }]);
    writes.record('default/owner', podResource, written, isDeletion);
    expect(writes.unseen('default/owner')).toEqual(isSeen ? [] : ['pods default/a']);
    expect(writes.unseen('default/other')).toEqual([]);
    writes.forget('default/owner');
    expect(writes.unseen('default/owner')).toEqual([]);
  });

  test('writes of kinds nobody follows are not waited for', () => {
    const writes = new OwnWrites([]);
    writes.record('default/owner', podResource, object('a', '7'), false);
    expect(writes.unseen('default/owner')).toEqual([]);
  });
});
