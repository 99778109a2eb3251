import type { NodeCondition, Taint } from 'kubernetes-types/core/v1';
import { ago, NOW, nodeOf } from './node-fixtures';
import { type EvictionOrder, wantedTaints } from './node-taints';

const taint = (key: string, effect: string, timeAdded?: string): Taint => ({
  key: `node.kubernetes.io/${key}`,
  effect,
  ...(timeAdded ? { timeAdded } : {}),
});
const theirs: Taint = { key: 'example.com/gpu', value: 'yes', effect: 'NoExecute' };

function nodeWith(conditions: Readonly<Record<string, string>>, taints: readonly Taint[], unschedulable = false) {
  const list = Object.entries(conditions).map(([type, status]) => ({ type, status }) as NodeCondition);
  return { ...nodeOf('n'), spec: { taints: [...taints], unschedulable }, status: { conditions: list } };
}

describe('wantedTaints()', () => {
  test.each<[string, Record<string, string>, string]>([
    ['not ready', { Ready: 'False' }, 'not-ready'],
    ['silent', { Ready: 'Unknown' }, 'unreachable'],
    ['short of memory', { Ready: 'True', MemoryPressure: 'True' }, 'memory-pressure'],
    ['short of disk', { Ready: 'True', DiskPressure: 'True' }, 'disk-pressure'],
    ['short of process ids', { Ready: 'True', PIDPressure: 'True' }, 'pid-pressure'],
    ['without network', { Ready: 'True', NetworkUnavailable: 'True' }, 'network-unavailable'],
  ])('keeps new pods from a node %s', (_title, conditions, key) => {
    const added = taint(key, 'NoSchedule', ago(0));
    expect(wantedTaints(nodeWith(conditions, [theirs]), 'keep', NOW)).toEqual([theirs, added]);
    expect(wantedTaints(nodeWith(conditions, [theirs, added]), 'keep', NOW)).toBeUndefined();
    expect(wantedTaints(nodeWith({ Ready: 'True' }, [theirs, added]), 'clear', NOW)).toEqual([theirs]);
  });

  test('keeps new pods from a cordoned node, and lets them back', () => {
    const cordon = taint('unschedulable', 'NoSchedule', ago(0));
    expect(wantedTaints(nodeWith({ Ready: 'True' }, [], true), 'clear', NOW)).toEqual([cordon]);
    expect(wantedTaints(nodeWith({ Ready: 'True' }, [cordon]), 'clear', NOW)).toEqual([]);
  });

  const old = taint('unreachable', 'NoExecute', ago(500));
  test.each<[string, string, readonly Taint[], EvictionOrder, readonly string[]]>([
    ['adds it on its turn', 'Unknown', [], 'taint', ['unreachable']],
    ['waits for the turn', 'Unknown', [], 'keep', []],
    ['keeps it while others wait', 'Unknown', [old], 'keep', ['unreachable']],
    ['swaps it when the reason changes', 'False', [old], 'taint', ['not-ready']],
    ['removes it from a well node', 'True', [old], 'clear', []],
  ])('NoExecute: %s', (_title, ready, before, order, keys) => {
    const wanted = wantedTaints(nodeWith({ Ready: ready }, before), order, NOW) ?? before;
    const found = wanted.filter(({ effect }) => effect === 'NoExecute').map(({ key }) => key.split('/')[1]);
    expect(found).toEqual(keys);
  });

  test('keeps the time of a taint that stays', () => {
    const both = [taint('unreachable', 'NoSchedule', ago(500)), old];
    expect(wantedTaints(nodeWith({ Ready: 'Unknown' }, both), 'taint', NOW)).toBeUndefined();
  });

  test('never touches a NoExecute taint a user gave for pressure', () => {
    const own = taint('memory-pressure', 'NoExecute');
    expect(wantedTaints(nodeWith({ Ready: 'True' }, [own]), 'clear', NOW)).toBeUndefined();
  });
});
