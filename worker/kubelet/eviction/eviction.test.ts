import { DEFAULT_CONFIGURATION } from '../config/kubelet-configuration';
import type { HostFacts } from '../host-facts';
import type { Verdict } from '../pod-plan';
import { buildPod } from '../testing/build-pod';
import { EvictionManager } from './eviction-manager';
import { judgeStorage } from './local-storage';
import { evictionMessage, type PodUse, rankPods } from './rank-pods';
import { type Crossed, crossedThresholds, dueThresholds, keyOf, signalsOf } from './thresholds';

const MIB = 1024 * 1024;
const NOW = new Date('2026-01-01T00:00:00Z');

const host = (facts: Partial<HostFacts> = {}) =>
  ({
    memoryTotalBytes: 4096 * MIB,
    memoryFreeBytes: 2048 * MIB,
    diskTotalBytes: 100 * MIB,
    diskFreeBytes: 50 * MIB,
    inodesTotal: 1000,
    inodesFree: 500,
    imageDisk: { totalBytes: 100 * MIB, freeBytes: 50 * MIB, inodesTotal: 1000, inodesFree: 500, isSeparate: false },
    pidsMax: 1000,
    pidsUsed: 10,
    ...facts,
  }) as HostFacts;

const HARD = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '10%',
};
const thresholds = (over: object = {}) => ({ ...DEFAULT_CONFIGURATION, evictionHard: HARD, ...over });

describe('crossedThresholds()', () => {
  test.each<[string, Partial<HostFacts>, string[]]>([
    ['nothing', {}, []],
    ['memory below its amount', { memoryFreeBytes: 99 * MIB }, ['memory.available']],
    [
      'disk below its share, and memory goes first',
      { diskFreeBytes: 9 * MIB, memoryFreeBytes: 0 },
      ['memory.available', 'nodefs.available'],
    ],
    ['inodes', { inodesFree: 49 }, ['nodefs.inodesFree']],
    ['the disk of the images', { imageDisk: { ...host().imageDisk, freeBytes: 9 * MIB } }, ['imagefs.available']],
    ['no inodes to count', { inodesTotal: 0, inodesFree: 0 }, []],
  ])('sees %s', (_, facts, expected) => {
    const crossed = crossedThresholds(signalsOf(host(facts)), thresholds(), new Map());
    expect(crossed.map(({ signal }) => signal)).toEqual(expected);
  });

  test('is over only when the minimum reclaim is there too', () => {
    const wanted = thresholds({ evictionMinimumReclaim: { 'memory.available': '50Mi' } });
    const signals = signalsOf(host({ memoryFreeBytes: 120 * MIB }));
    expect(crossedThresholds(signals, wanted, new Map())).toEqual([]);
    const before = new Map([[keyOf({ signal: 'memory.available', isHard: true }), 0]]);
    expect(crossedThresholds(signals, wanted, before)).toHaveLength(1);
  });
});

test('dueThresholds() waits for the grace period of a soft threshold', () => {
  const soft = thresholds({
    evictionHard: {},
    evictionSoft: { 'memory.available': '3Gi' },
    evictionSoftGracePeriodMs: { 'memory.available': 30_000 },
  });
  const crossed = crossedThresholds(signalsOf(host()), soft, new Map());
  const seen = new Map(crossed.map((each) => [keyOf(each), 1_000]));
  expect(dueThresholds(crossed, seen, soft, 30_999)).toEqual([]);
  expect(dueThresholds(crossed, seen, soft, 31_000)).toEqual(crossed);
});

function use(name: string, usedMib: number, requestMib = 0, spec: object = {}): PodUse {
  const container = { name: 'c', image: 'i', resources: { requests: { memory: `${requestMib}Mi` } } };
  const pod = buildPod({ containers: [container], ...spec });
  const used = usedMib * MIB;
  return {
    pod: { ...pod, metadata: { ...pod.metadata, name, uid: name } },
    used,
    containers: [{ name: 'c', used, requested: requestMib * MIB }],
  };
}

describe('rankPods()', () => {
  test.each<[string, PodUse[], string[]]>([
    ['who uses more than requested goes first', [use('kept', 900, 1000), use('over', 20, 10)], ['over', 'kept']],
    ['then who is less important', [use('high', 50, 0, { priority: 10 }), use('low', 1)], ['low', 'high']],
    ['then who is further over the request', [use('a', 100, 90), use('b', 50, 0)], ['b', 'a']],
    ['critical pods stay', [use('critical', 500, 0, { priority: 2_000_000_000 })], []],
    ['nobody', [], []],
  ])('%s', (_, pods, expected) => {
    expect(rankPods(pods, 'memory').map(({ pod }) => pod.metadata.name)).toEqual(expected);
  });

  test('knows no requests when processes are short', () => {
    const pods = [use('important', 500, 0, { priority: 5 }), use('other', 1, 100)];
    expect(rankPods(pods, 'pids').map(({ pod }) => pod.metadata.name)).toEqual(['other', 'important']);
  });
});

const shortOfMemory: Crossed = {
  signal: 'memory.available',
  condition: 'MemoryPressure',
  resource: 'memory',
  available: 50 * MIB,
  capacity: 4096 * MIB,
  threshold: 100 * MIB,
  isHard: true,
};

test('evictionMessage() names the threshold and who used more than requested', () => {
  expect(evictionMessage(shortOfMemory, use('a', 30))).toBe(
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
      'Container c was using 30Mi, request is 0, has larger consumption of memory. ',
  );
});

describe('EvictionManager', () => {
  function manager(uses: PodUse[], over: object = {}, after = host()) {
    const evicted: [string, Verdict][] = [];
    const reclaims: string[] = [];
    const log = { warn: () => undefined } as never;
    const evict = (uid: string, verdict: Verdict) => evicted.push([uid, verdict]) > 0;
    return {
      evicted,
      reclaims,
      it: new EvictionManager({
        configuration: thresholds(over),
        uses: async () => uses,
        evict,
        reclaimDisk: async () => void reclaims.push('disk'),
        measure: async () => after,
        log,
      }),
    };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('evicts one pod at a time, and keeps the condition for the transition period', async () => {
    const { it, evicted } = manager([use('small', 1), use('large', 100)]);
    expect([...it.look(host({ memoryFreeBytes: 10 * MIB }), NOW)]).toEqual(['MemoryPressure']);
    await settled();
    expect(evicted).toEqual([['large', expect.objectContaining({ reason: 'Evicted', isDisruption: true })]]);
    expect([...it.look(host(), new Date(NOW.getTime() + 60_000))]).toEqual(['MemoryPressure']);
    expect([...it.look(host(), new Date(NOW.getTime() + 300_000))]).toEqual([]);
    await settled();
    expect(evicted).toHaveLength(1);
  });

  test('evicts nobody when dead containers and unused images were enough', async () => {
    const { it, evicted, reclaims } = manager([use('a', 1)]);
    it.look(host({ diskFreeBytes: MIB }), NOW);
    await settled();
    expect([reclaims, evicted]).toEqual([['disk'], []]);
  });

  test('evicts when they were not', async () => {
    const full = host({ diskFreeBytes: MIB });
    const { it, evicted, reclaims } = manager([use('a', 1)], {}, full);
    it.look(full, NOW);
    await settled();
    expect([reclaims.length, evicted.length]).toEqual([1, 1]);
  });

  test('lets images alone when another disk is short than theirs', async () => {
    const separate = { imageDisk: { ...host().imageDisk, isSeparate: true } };
    const { it, evicted, reclaims } = manager([use('a', 1)], { evictionHard: { 'nodefs.available': '10%' } });
    it.look(host({ diskFreeBytes: MIB, ...separate }), NOW);
    await settled();
    expect([reclaims.length, evicted.length]).toEqual([0, 1]);
  });

  test('does nothing on a machine that is well', async () => {
    const { it, evicted } = manager([use('a', 1)]);
    expect(it.look(host(), NOW).size).toBe(0);
    await settled();
    expect(evicted).toEqual([]);
  });
});

describe('judgeStorage()', () => {
  const limited = (limit?: string) => ({
    name: limit ? 'limited' : 'free',
    image: 'i',
    ...(limit ? { resources: { limits: { 'ephemeral-storage': limit } } } : {}),
  });
  test.each([
    ['within its limit', [limited('10Mi')], 9, 0, undefined],
    [
      'over the only limit',
      [limited('10Mi')],
      11,
      0,
      'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
    ],
    [
      'with its emptyDirs',
      [limited('10Mi')],
      5,
      6,
      'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
    ],
    [
      'beside one without a limit',
      [limited('10Mi'), limited()],
      11,
      0,
      'Container limited exceeded its local ephemeral storage limit "10Mi". ',
    ],
  ])('%s', (_, containers, usedMib, sharedMib, expected) => {
    const used = [{ name: 'limited', bytes: usedMib * MIB }];
    expect(judgeStorage(buildPod({ containers }), used, sharedMib * MIB)).toBe(expected);
  });
});
