import { replicaSetResource } from '../../../helper/api/apps/replica-set';
import { podResource } from '../../../helper/api/core/pod';
import type { KubeObject, ObjectMeta } from '../../../helper/api/meta';
import { OwnerGraph } from './graph';

const objectOf = (kind: string, uid: string, metadata: Partial<ObjectMeta> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: uid, namespace: 'default', uid, ...metadata },
});
const ownedBy = (uid: string, blockOwnerDeletion = false) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, blockOwnerDeletion }],
});
const set = (uid: string, metadata: Partial<ObjectMeta> = {}) => objectOf('ReplicaSet', uid, metadata);
const pod = (uid: string, metadata: Partial<ObjectMeta> = {}) => objectOf('Pod', uid, metadata);
const foreground = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] };

describe('OwnerGraph', () => {
  let graph: OwnerGraph;
  beforeEach(() => {
    graph = new OwnerGraph();
  });

  test('observe() wakes a dependent whose owner was never seen, and not one whose owner is known', () => {
    expect(graph.observe(podResource, pod('p', ownedBy('s')))).toEqual(['p']);
    graph.observe(replicaSetResource, set('s'));
    expect(graph.observe(podResource, pod('q', ownedBy('s')))).toEqual([]);
    expect(graph.dependentsOf('s').map(({ uid }) => uid)).toEqual(['p', 'q']);
  });

  test('observe() wakes nobody for a change that leaves owners alone', () => {
    graph.observe(replicaSetResource, set('s'));
    graph.observe(podResource, pod('p', ownedBy('s')));
    expect(graph.observe(podResource, pod('p', { ...ownedBy('s'), resourceVersion: '9' }))).toEqual([]);
  });

  test('forget() wakes the dependents of what is gone', () => {
    graph.observe(replicaSetResource, set('s'));
    graph.observe(podResource, pod('p', ownedBy('s')));
    expect(graph.forget('s')).toEqual(['p']);
    expect(graph.forget('unknown')).toEqual([]);
  });

  test('observe() wakes owner and dependents when foreground deletion begins, forget() the owner when a dependent is gone', () => {
    graph.observe(replicaSetResource, set('s'));
    graph.observe(podResource, pod('p', ownedBy('s', true)));
    expect(graph.observe(replicaSetResource, set('s', foreground))).toEqual(['s', 'p']);
    expect(graph.blockingDependents('s').map(({ uid }) => uid)).toEqual(['p']);
    expect(graph.forget('p')).toEqual(['s']);
    expect(graph.blockingDependents('s')).toEqual([]);
  });

  test('observe() wakes an owner in foreground deletion that is no longer blocked', () => {
    graph.observe(replicaSetResource, set('s', foreground));
    graph.observe(podResource, pod('p', ownedBy('s', true)));
    expect(graph.observe(podResource, pod('p', ownedBy('s', false)))).toContain('s');
  });

  test('observe() wakes an object that is to orphan its dependents, once', () => {
    const orphaning = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] };
    graph.observe(replicaSetResource, set('s'));
    expect(graph.observe(replicaSetResource, set('s', orphaning))).toEqual(['s']);
    expect(graph.observe(replicaSetResource, set('s', orphaning))).toEqual([]);
  });

  test('ownerOf() does not accept an owner of another namespace or another name', () => {
    graph.observe(replicaSetResource, set('s', { namespace: 'other' }));
    expect(graph.observe(podResource, pod('p', ownedBy('s')))).toEqual(['p']);
    graph.observe(replicaSetResource, set('t', { name: 'renamed' }));
    expect(graph.observe(podResource, pod('q', ownedBy('t')))).toEqual(['q']);
  });

  test('a ring of owners is no endless loop', () => {
    graph.observe(replicaSetResource, set('a', ownedBy('b')));
    graph.observe(replicaSetResource, set('b', ownedBy('a')));
    expect(graph.forget('a')).toEqual(['b']);
    expect(graph.forget('b')).toEqual([]);
  });
});
