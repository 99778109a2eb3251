import type { Node } from '../../../helper/api/core/node';
import type { Write } from '../../../helper/controller/controller';
import { ago, NOW, nodeOf, podOf } from './node-fixtures';
import { msUntilSilent, type NodeFacts, reconcileNode } from './reconcile';

const facts = (silentSeconds: number, change: Partial<NodeFacts> = {}): NodeFacts => ({
  lastSeen: new Date(NOW.getTime() - silentSeconds * 1000),
  graceSeconds: 40,
  pods: [],
  eviction: 'clear',
  ...change,
});
const conditionsOf = (write: Write | undefined) => (write as { object: Node }).object.status?.conditions;

describe('reconcileNode()', () => {
  test('leaves a node that is heard of alone, and comes back when its silence would be too long', () => {
    expect(reconcileNode(nodeOf('n'), facts(10), NOW)).toEqual({ steps: [], requeueAfterMs: 30_000 });
  });

  test('makes the conditions of a silent node Unknown, and says so once', () => {
    const [[write] = []] = reconcileNode(nodeOf('n'), facts(40), NOW).steps;
    expect(write).toMatchObject({
      verb: 'updateStatus',
      object: { metadata: { resourceVersion: '5' } },
      onSuccess: { type: 'Normal', reason: 'NodeNotReady', message: 'Node n status is now: NodeNotReady' },
    });
    expect(conditionsOf(write)?.slice(0, 2)).toEqual(
      ['MemoryPressure', 'Ready'].map((type) => ({
        type,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastHeartbeatTime: ago(60),
        lastTransitionTime: ago(0),
      })),
    );
    expect(conditionsOf(write)?.slice(2)).toMatchObject(
      ['DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated' })),
    );
    expect(reconcileNode(nodeOf('n', { ready: 'False' }), facts(40), NOW).steps[0]?.[0]).not.toHaveProperty(
      'onSuccess',
    );
  });

  test('marks pods of a silent node not ready after the node', () => {
    const { steps } = reconcileNode(nodeOf('n'), facts(41, { pods: [podOf('a')] }), NOW);
    expect(steps.map(([write]) => write?.verb)).toEqual(['updateStatus', 'patch']);
    expect(steps[1]).toMatchObject([
      {
        name: 'a',
        subresource: 'status',
        type: 'strategic',
        body: { metadata: { uid: 'a' }, status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        onSuccess: { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
      },
    ]);
  });

  test('goes on to the taints once nothing is left to say about silence', () => {
    const silent = nodeOf('n', { ready: 'Unknown' });
    const [[first] = []] = reconcileNode(silent, facts(50), NOW).steps;
    const told = { ...silent, status: { conditions: conditionsOf(first) ?? [] } };
    const [[write] = []] = reconcileNode(told, facts(50, { eviction: 'taint' }), NOW).steps;
    expect(write).toMatchObject({
      verb: 'patch',
      body: {
        metadata: { resourceVersion: '5' },
        spec: {
          taints: [
            { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
            { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: ago(0) },
          ],
        },
      },
    });
  });

  test('takes the last taint off with null, as a merge patch does', () => {
    const tainted = nodeOf('n', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
    expect(reconcileNode(tainted, facts(0), NOW).steps[0]?.[0]).toMatchObject({ body: { spec: { taints: null } } });
  });
});

describe('msUntilSilent()', () => {
  test('gives a node that never spoke at least a minute to start', () => {
    const { status: _status, ...fresh } = nodeOf('n');
    expect(msUntilSilent(fresh, facts(0), NOW)).toBe(60_000);
    expect(msUntilSilent(fresh, facts(0, { graceSeconds: 90 }), NOW)).toBe(90_000);
    expect(msUntilSilent(nodeOf('n'), facts(45), NOW)).toBe(-5_000);
  });
});
