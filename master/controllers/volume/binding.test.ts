import type { PersistentVolume } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  PROVISIONED_BY,
  SELECTED_NODE,
} from '../../../helper/api/core/volume-binding';
import { DEFAULT_CLASS_ANNOTATION, type StorageClass } from '../../../helper/api/storage/storage-class';
import type { Plan } from '../../../helper/controller/controller';
import { type ClaimSurroundings, reconcileClaim } from './bind-claim';
import { reconcileVolume } from './keep-volume';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;
type VolumeSpec = NonNullable<PersistentVolume['spec']>;

const claim = (spec: Partial<ClaimSpec> = {}, annotations = {}, phase = 'Pending'): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'cu', resourceVersion: '7', annotations },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  } as ClaimSpec,
  status: { phase },
});
const volume = (
  name: string,
  spec: Partial<VolumeSpec> = {},
  phase = 'Available',
  metadata = {},
): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...metadata },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec } as VolumeSpec,
  status: { phase },
});
const storageClass = (name: string, more: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/disks',
  volumeBindingMode: 'Immediate',
  ...more,
});
const ref = (name = 'c', uid?: string) => ({ namespace: 'ns', name, ...(uid ? { uid } : {}) });

/** `update PersistentVolume p` a write, `Reason: message` an event. */
function told({ steps, events = [] }: Plan): string[] {
  const writes = steps.flat().map((write) => {
    if (write.verb === 'patch') return `${write.resource.kind} ${write.name} ${JSON.stringify(write.body)}`;
    return `${write.verb} ${write.resource.kind} ${write.object.metadata.name}`;
  });
  return [...writes, ...events.map(({ reason, message }) => `${reason}: ${message}`)];
}
const reconcile = (given: PersistentVolumeClaim, around: Partial<ClaimSurroundings> = {}) =>
  told(reconcileClaim(given, { volumes: [], classes: [], ...around }));
const boundTo = (name: string) => [`update PersistentVolume ${name}`, 'update PersistentVolumeClaim c'];

describe('reconcileClaim() chooses', () => {
  test.each<[string, PersistentVolumeClaim, PersistentVolume[], string]>([
    [
      'the smallest that is large enough',
      claim(),
      [
        volume('huge', { capacity: { storage: '9Gi' } }),
        volume('small', { capacity: { storage: '512Mi' } }),
        volume('fits', { capacity: { storage: '2Gi' } }),
      ],
      'fits',
    ],
    [
      'what can do no more than asked for, even if larger',
      claim(),
      [
        volume('shared', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }),
        volume('p', { capacity: { storage: '5Gi' } }),
      ],
      'p',
    ],
    [
      'what the selector says',
      claim({ selector: { matchLabels: { disk: 'ssd' } } }),
      [volume('a'), volume('b', { capacity: { storage: '5Gi' } }, 'Available', { labels: { disk: 'ssd' } })],
      'b',
    ],
    [
      'what is meant for it, whatever its class',
      claim(),
      [volume('a'), volume('b', { claimRef: ref(), storageClassName: 'x', capacity: { storage: '5Gi' } })],
      'b',
    ],
    ['what it names', claim({ volumeName: 'b' }), [volume('a'), volume('b')], 'b'],
  ])('%s', (_, given, volumes, chosen) => {
    expect(reconcile(given, { volumes })).toEqual(boundTo(chosen));
  });

  const NOTHING = 'FailedBinding: no persistent volumes available for this claim and no storage class is set';
  test.each<[string, PersistentVolume]>([
    ['somebody else’s', volume('a', { claimRef: ref('other') })],
    ['one meant for an earlier claim of that name', volume('a', { claimRef: ref('c', 'old') })],
    ['one of another class', volume('a', { storageClassName: 'fast' })],
    ['one that cannot be written', volume('a', { accessModes: ['ReadOnlyMany'] })],
    ['a raw device', volume('a', { volumeMode: 'Block' })],
    ['one that was used', volume('a', {}, 'Released')],
    ['one that goes', volume('a', {}, 'Available', { deletionTimestamp: '2024-01-01T00:00:00Z' })],
  ])('never %s', (_, candidate) => {
    expect(reconcile(claim(), { volumes: [candidate] })).toEqual([NOTHING]);
  });
});

describe('reconcileClaim()', () => {
  const late = storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' });
  const ASK = expect.stringContaining(
    "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/disks'",
  );
  test.each<[string, PersistentVolumeClaim, Partial<ClaimSurroundings>, unknown[]]>([
    [
      'asks the provisioner of the class',
      claim({ storageClassName: 'now' }),
      { classes: [storageClass('now')] },
      ['update PersistentVolumeClaim c', ASK],
    ],
    [
      'has asked already',
      claim({ storageClassName: 'now' }, { 'volume.kubernetes.io/storage-provisioner': 'example.com/disks' }),
      { classes: [storageClass('now')] },
      [ASK],
    ],
    [
      'misses the class',
      claim({ storageClassName: 'none' }),
      {},
      ['ProvisioningFailed: storageclass.storage.k8s.io "none" not found'],
    ],
    [
      'waits for the first pod, though a volume is free',
      claim({ storageClassName: 'late' }),
      { classes: [late], volumes: [volume('a', { storageClassName: 'late' })] },
      ['WaitForFirstConsumer: waiting for first consumer to be created before binding'],
    ],
    [
      'takes what the scheduler chose',
      claim({ storageClassName: 'late' }),
      { classes: [late], volumes: [volume('a', { storageClassName: 'late', claimRef: ref('c', 'cu') })] },
      ['update PersistentVolumeClaim c'],
    ],
    [
      'asks once a node is chosen',
      claim({ storageClassName: 'late' }, { [SELECTED_NODE]: 'n1' }),
      { classes: [late] },
      ['update PersistentVolumeClaim c', ASK],
    ],
    [
      'takes the default class that came later',
      { ...claim(), spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      {
        classes: [
          storageClass('standard', {
            metadata: { name: 'standard', annotations: { [DEFAULT_CLASS_ANNOTATION]: 'true' } },
          }),
        ],
      },
      ['update PersistentVolumeClaim c'],
    ],
    [
      'names a volume that is taken',
      claim({ volumeName: 'a' }),
      { volumes: [volume('a', { claimRef: ref('other') })] },
      ['FailedBinding: volume "a" already bound to a different claim.'],
    ],
    [
      'names a volume that is too small',
      claim({ volumeName: 'a', resources: { requests: { storage: '5Gi' } } }),
      { volumes: [volume('a')] },
      ['VolumeMismatch: Cannot bind to requested volume "a": requested PV is too small'],
    ],
    [
      'shows what it got',
      claim({ volumeName: 'a' }, { [BIND_COMPLETED]: 'yes' }),
      { volumes: [volume('a', { claimRef: ref('c', 'cu'), capacity: { storage: '2Gi' } })] },
      [
        'PersistentVolumeClaim c {"status":{"phase":"Bound","accessModes":["ReadWriteOnce"],"capacity":{"storage":"2Gi"}}}',
      ],
    ],
    [
      'is lost with its volume',
      claim({ volumeName: 'a' }, { [BIND_COMPLETED]: 'yes' }, 'Bound'),
      {},
      [
        'PersistentVolumeClaim c {"status":{"phase":"Lost","accessModes":null,"capacity":null}}',
        'ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      ],
    ],
    [
      'is lost when another claim has its volume',
      claim({ volumeName: 'a' }, { [BIND_COMPLETED]: 'yes' }, 'Bound'),
      { volumes: [volume('a', { claimRef: ref('other', 'ou') })] },
      [
        expect.stringContaining('"Lost"'),
        expect.stringContaining('ClaimMisbound: Two claims are bound to the same volume'),
      ],
    ],
  ])('%s', (_, given, around, expected) => {
    expect(reconcile(given, around)).toEqual(expected);
  });
});

describe('reconcileVolume()', () => {
  const mine = { claimRef: ref('c', 'cu') };
  const provisioned = { annotations: { [PROVISIONED_BY]: 'example.com/disks' } };
  const deleted = { persistentVolumeReclaimPolicy: 'Delete' };
  test.each<[string, PersistentVolume, PersistentVolumeClaim | undefined, unknown[]]>([
    ['new and free', volume('a', {}, 'Pending'), undefined, [expect.stringContaining('"Available"')]],
    [
      'reserved by name',
      volume('a', { claimRef: ref() }, 'Pending'),
      undefined,
      [expect.stringContaining('"Available"')],
    ],
    ['bound', volume('a', mine), claim({ volumeName: 'a' }), [expect.stringContaining('"Bound"')]],
    ['bound by half', volume('a', mine), claim(), []],
    ['left alone', volume('a', mine, 'Bound'), undefined, [expect.stringContaining('"Released"')]],
    [
      'left alone, claim made anew',
      volume('a', { claimRef: ref('c', 'old') }, 'Bound'),
      claim(),
      [expect.stringContaining('"Released"')],
    ],
    [
      'released and retained',
      volume('a', { ...mine, persistentVolumeReclaimPolicy: 'Retain' }, 'Released'),
      undefined,
      [],
    ],
    [
      'released, its provisioner’s to delete',
      volume('a', { ...mine, ...deleted }, 'Released', provisioned),
      undefined,
      [],
    ],
    [
      'released, nobody can delete it',
      volume('a', { ...mine, ...deleted }, 'Released'),
      undefined,
      [expect.stringContaining('"Failed"'), expect.stringContaining('VolumeFailedDelete: error getting deleter')],
    ],
    [
      'released, to be recycled',
      volume('a', { ...mine, persistentVolumeReclaimPolicy: 'Recycle' }, 'Released'),
      undefined,
      [expect.stringContaining('"Failed"'), 'VolumeFailedRecycle: No recycler plugin found for the volume!'],
    ],
    [
      'free again, since its claim took another',
      volume('a', mine),
      claim({ volumeName: 'b' }),
      ['update PersistentVolume a'],
    ],
  ])('%s', (_, given, of, expected) => {
    expect(told(reconcileVolume(given, of))).toEqual(expected);
  });
});

/** A small random generator with a seed, so that a failure can be seen again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Writes what a plan says into the two maps; a stale write is impossible here, since plans are made one after the other. */
function carryOut(
  plan: Plan,
  claims: Map<string, PersistentVolumeClaim>,
  volumes: Map<string, PersistentVolume>,
): void {
  for (const write of plan.steps.flat()) {
    const store = (write.resource.kind === 'PersistentVolume' ? volumes : claims) as Map<string, PersistentVolume>;
    if (write.verb === 'update') store.set(write.object.metadata.name, write.object as PersistentVolume);
    if (write.verb !== 'patch') continue;
    const { status } = write.body as { status: object };
    const before = store.get(write.name);
    if (before) store.set(write.name, { ...before, status: { ...before.status, ...status } });
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('the binder (seed %i) never gives a volume twice and settles', (seed) => {
  const random = randomOf(seed);
  const size = () => `${1 + random(4)}Gi`;
  const volumes = new Map(
    Array.from({ length: 12 }, (_, index) => {
      const name = `v${index}`;
      const taken = random(5) === 0 ? { claimRef: ref(`c${random(8)}`) } : {};
      return [name, volume(name, { capacity: { storage: size() }, ...taken }, 'Pending')] as const;
    }),
  );
  const claims = new Map(
    Array.from({ length: 8 }, (_, index) => {
      const name = `c${index}`;
      const named = random(5) === 0 ? { volumeName: `v${random(12)}` } : {};
      const made = claim({ resources: { requests: { storage: size() } }, ...named });
      return [name, { ...made, metadata: { ...made.metadata, name, uid: `u${index}` } }] as const;
    }),
  );
  for (let round = 0; round < 200; round++) {
    const [name, key] = [`v${random(12)}`, `c${random(8)}`];
    const { claimRef } = volumes.get(name)?.spec ?? {};
    carryOut(reconcileVolume(volumes.get(name) as PersistentVolume, claims.get(claimRef?.name ?? '')), claims, volumes);
    carryOut(
      reconcileClaim(claims.get(key) as PersistentVolumeClaim, { volumes: [...volumes.values()], classes: [] }),
      claims,
      volumes,
    );
  }
  const bound = [...claims.values()].filter(({ status }) => status?.phase === 'Bound');
  const given = bound.map(({ spec }) => spec?.volumeName ?? '');
  expect(new Set(given).size).toBe(given.length);
  for (const { metadata, spec } of bound) {
    const its = volumes.get(spec?.volumeName ?? '');
    expect(its?.spec?.claimRef?.uid).toBe(metadata.uid);
    expect(its?.status?.phase).toBe('Bound');
    expect(Number.parseInt(its?.spec?.capacity?.['storage'] ?? '', 10)).toBeGreaterThanOrEqual(
      Number.parseInt(spec?.resources?.requests?.['storage'] ?? '', 10),
    );
  }
  // No claim is left waiting for a volume that is free and would do.
  const waiting = [...claims.values()].filter(({ status, spec }) => status?.phase === 'Pending' && !spec?.volumeName);
  for (const each of waiting) {
    const plan = reconcileClaim(each, { volumes: [...volumes.values()], classes: [] });
    expect(plan.steps).toEqual([]);
  }
  expect([...volumes.values()].some(({ metadata }) => metadata.annotations?.[BOUND_BY_CONTROLLER])).toBe(true);
});
