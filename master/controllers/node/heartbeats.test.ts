import type { Lease } from '../../../helper/api/coordination/lease';
import type { Node } from '../../../helper/api/core/node';
import { Heartbeats } from './heartbeats';
import { ago, nodeOf } from './node-fixtures';

const lease = (renewTime: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'n' },
  spec: { renewTime },
});
const at = (seconds: number) => new Date(seconds * 1000);
const beat = (node: Node, lastHeartbeatTime: string): Node => ({
  ...node,
  status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] },
});

describe('Heartbeats.note()', () => {
  test('counts from the first observation, however old the lease is', () => {
    expect(new Heartbeats().note(nodeOf('n'), lease(ago(9999)), at(100))).toEqual(at(100));
  });

  test.each<[string, Node, Lease | undefined, number]>([
    ['nothing changed', nodeOf('n'), lease(ago(20)), 100],
    ['the lease was renewed', nodeOf('n'), lease(ago(10)), 130],
    ['the lease is gone', nodeOf('n'), undefined, 130],
    ['the status has a new heartbeat', beat(nodeOf('n'), ago(1)), lease(ago(20)), 130],
    ['we called it Unknown', nodeOf('n', { ready: 'Unknown' }), lease(ago(20)), 100],
    ['it is another node of that name', { ...nodeOf('n'), metadata: { name: 'n', uid: 'new' } }, lease(ago(20)), 130],
  ])('when %s', (_title, node, renewed, seconds) => {
    const heartbeats = new Heartbeats();
    heartbeats.note(nodeOf('n'), lease(ago(20)), at(100));
    expect(heartbeats.note(node, renewed, at(130))).toEqual(at(seconds));
  });

  test('a node that never spoke does not begin to live by our own first word', () => {
    const heartbeats = new Heartbeats();
    const { status: _status, ...mute } = nodeOf('n');
    heartbeats.note(mute, undefined, at(100));
    expect(heartbeats.note(beat(mute, ago(3600)), undefined, at(170))).toEqual(at(100));
  });

  test('begins anew after forget()', () => {
    const heartbeats = new Heartbeats();
    heartbeats.note(nodeOf('n'), undefined, at(100));
    heartbeats.forget('n');
    expect(heartbeats.note(nodeOf('n'), undefined, at(200))).toEqual(at(200));
  });
});
