import { type Pod, podResource } from '../api/core/pod';
import type { ObjectMeta } from '../api/meta';
import { FakeClient } from '../client/fake-client';
import { adoptWrite, assertMayAdopt, claimDependents, releaseWrite } from './claim-dependents';

const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', uid: 'set' },
};
const selector = { matchLabels: { app: 'web' } };
const reference = (uid: string, controller = true) => ({ apiVersion: 'v1', kind: 'X', name: uid, uid, controller });
const pod = (name: string, metadata: Partial<ObjectMeta>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '5', labels: { app: 'web' }, ...metadata },
});
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };

const owned = pod('owned', { ownerReferences: [reference('set')] });
const strayed = pod('strayed', { ownerReferences: [reference('set')], labels: {} });
const orphan = pod('orphan', { ownerReferences: [reference('other', false)] });
const CANDIDATES = [
  owned,
  strayed,
  orphan,
  pod('of another', { ownerReferences: [reference('other')] }),
  pod('dying orphan', leaving),
  pod('unlike', { labels: { app: 'db' } }),
  pod('far', { namespace: 'elsewhere' }),
];

describe('claimDependents()', () => {
  test('keeps what is owned and selected, adopts matching orphans, releases what strayed', () => {
    const claim = claimDependents(owner, selector, CANDIDATES);
    expect(claim).toEqual({ owned: [owned], adopt: [orphan], release: [strayed] });
  });

  test('neither adopts nor releases for an owner that is being deleted', () => {
    const dying = { ...owner, metadata: { ...owner.metadata, ...leaving } };
    expect(claimDependents(dying, selector, CANDIDATES)).toEqual({ owned: [owned], adopt: [], release: [] });
  });

  test.each([undefined, {}])('adopts nothing by the selector %j', (nothing) => {
    expect(claimDependents(owner, nothing, CANDIDATES).adopt).toEqual([]);
  });
});

describe('adoptWrite(), releaseWrite()', () => {
  test('patch the whole list of references of exactly this object', () => {
    expect(adoptWrite(podResource, owner, orphan)).toMatchObject({
      verb: 'patch',
      body: {
        metadata: {
          uid: 'orphan',
          resourceVersion: '5',
          ownerReferences: [{ uid: 'other' }, { uid: 'set', controller: true, blockOwnerDeletion: true }],
        },
      },
    });
    expect(releaseWrite(podResource, owner, strayed)).toMatchObject({ body: { metadata: { ownerReferences: [] } } });
  });
});

describe('assertMayAdopt()', () => {
  test('refuses an owner that was made anew or is being deleted', async () => {
    const client = new FakeClient();
    const [live] = client.seed(podResource, pod('owner', { finalizers: ['example.com/hold'] }));
    if (!live) throw new Error('not seeded');
    await expect(assertMayAdopt(client, podResource, live)).resolves.toBeUndefined();
    const older = { ...live, metadata: { ...live.metadata, uid: 'older' } };
    await expect(assertMayAdopt(client, podResource, older)).rejects.toThrow('is gone');
    await client.delete(podResource, 'default', 'owner');
    await expect(assertMayAdopt(client, podResource, live)).rejects.toThrow('has just been deleted');
  });
});
