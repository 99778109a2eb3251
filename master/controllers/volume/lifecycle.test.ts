import type { Node } from '../../../helper/api/core/node';
import type { PersistentVolume } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../../helper/api/core/pod';
import { PROVISIONED_BY, SELECTED_NODE } from '../../../helper/api/core/volume-binding';
import type { StorageClass } from '../../../helper/api/storage/storage-class';
import { claimsForPod } from './claim-for-pod';
import { growClaim } from './grow-claim';
import { protectClaim, protectVolume, usesClaim } from './protect-storage';
import { disposalOf, hostnameOf, LOCAL_PATH, NFS, provisionVolume, withoutHold } from './provision-volume';

const NOW = new Date('2024-05-01T10:00:00Z');
const GOING = { deletionTimestamp: '2024-05-01T10:00:00Z' };
const claim = (metadata = {}, spec = {}, status = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'cu', ...metadata },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...spec },
  status: { phase: 'Pending', ...status },
});
const volume = (metadata = {}, phase = 'Bound', spec = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'p', ...metadata },
  spec: { capacity: { storage: '1Gi' }, claimRef: { namespace: 'ns', name: 'c', uid: 'cu' }, ...spec },
  status: { phase },
});
const pod = (volumes: NonNullable<Pod['spec']>['volumes'], more = {}, status = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ns', uid: 'pu' },
  spec: { containers: [], volumes: volumes ?? [], nodeName: 'n1', ...more },
  status,
});
const using = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
const finalizersOf = (plan: ReturnType<typeof protectVolume>) =>
  plan.steps.flat().map((write) => (write.verb === 'update' ? write.object.metadata.finalizers : undefined));

describe('protection', () => {
  const CLAIM = 'kubernetes.io/pvc-protection';
  const VOLUME = 'kubernetes.io/pv-protection';
  test('usesClaim() counts pods with a node, also finished ones', () => {
    expect(usesClaim(pod(using), claim())).toBe(true);
    expect(usesClaim(pod(using, {}, { phase: 'Succeeded' }), claim())).toBe(true);
    expect(usesClaim(pod(using, { nodeName: '' }), claim())).toBe(false);
    expect(usesClaim(pod([{ name: 'v', emptyDir: {} }]), claim())).toBe(false);
  });

  test('protectClaim() puts the finalizer on, and takes it off when nobody uses the claim', () => {
    expect(finalizersOf(protectClaim(claim(), []))).toEqual([[CLAIM]]);
    expect(finalizersOf(protectClaim(claim({ finalizers: [CLAIM] }), []))).toEqual([]);
    const going = claim({ finalizers: ['x', CLAIM], ...GOING });
    expect(finalizersOf(protectClaim(going, [pod(using)]))).toEqual([]);
    expect(finalizersOf(protectClaim(going, []))).toEqual([['x']]);
    expect(finalizersOf(protectClaim(claim(GOING), []))).toEqual([]);
  });

  test('protectVolume() holds a bound volume', () => {
    const going = { finalizers: [VOLUME], ...GOING };
    expect(finalizersOf(protectVolume(volume(going)))).toEqual([]);
    expect(finalizersOf(protectVolume(volume(going, 'Released')))).toEqual([[]]);
  });
});

describe('claimsForPod()', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } };
  const ephemeral = pod([{ name: 'v', ephemeral: { volumeClaimTemplate: template } }]);
  test('makes a claim that goes with the pod', () => {
    const [create] = claimsForPod(ephemeral, () => undefined).steps.flat();
    expect(create).toMatchObject({
      verb: 'create',
      object: {
        metadata: {
          name: 'web-v',
          labels: { a: 'b' },
          ownerReferences: [{ kind: 'Pod', uid: 'pu', controller: true }],
        },
        spec: template.spec,
      },
    });
  });
  test('makes none that is there, and none for a pod that ends', () => {
    expect(claimsForPod(ephemeral, () => claim()).steps).toEqual([]);
    expect(claimsForPod({ ...ephemeral, status: { phase: 'Failed' } }, () => undefined).steps).toEqual([]);
    expect(claimsForPod(pod(using), () => undefined).steps).toEqual([]);
  });
});

describe('growClaim()', () => {
  const bound = claim({}, { volumeName: 'p' }, { phase: 'Bound', capacity: { storage: '1Gi' } });
  const ours = { annotations: { [PROVISIONED_BY]: LOCAL_PATH } };
  const grow = (given: PersistentVolumeClaim, its: PersistentVolume | undefined) =>
    growClaim(given, its, (name) => name === LOCAL_PATH, NOW);
  test('writes the volume first, then the claim', () => {
    expect(grow(bound, volume(ours)).steps.flat()).toMatchObject([
      { body: { status: { conditions: [{ type: 'Resizing', status: 'True' }] } } },
      { name: 'p', body: { spec: { capacity: { storage: '2Gi' } } } },
    ]);
    const grown = volume(ours, 'Bound', { capacity: { storage: '2Gi' } });
    expect(grow(bound, grown)).toMatchObject({
      steps: [[{ body: { status: { capacity: { storage: '2Gi' }, conditions: [] } } }]],
      events: [{ reason: 'VolumeResizeSuccessful' }],
    });
  });
  test('leaves the volumes of others, and claims that have enough', () => {
    expect(grow(bound, volume())).toMatchObject({ steps: [], events: [{ reason: 'ExternalExpanding' }] });
    expect(grow({ ...bound, status: { phase: 'Bound', capacity: { storage: '2Gi' } } }, volume(ours)).steps).toEqual(
      [],
    );
    expect(grow(bound, undefined).steps).toEqual([]);
  });
});

describe('provisionVolume()', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'host1' } },
  };
  const asked = (provisioner: string, annotations = {}) => ({
    annotations: { 'volume.kubernetes.io/storage-provisioner': provisioner, ...annotations },
  });
  const kind = (more: Partial<StorageClass> = {}): StorageClass => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard' },
    provisioner: LOCAL_PATH,
    ...more,
  });
  const provision = (given: PersistentVolumeClaim, storageClass = kind()) =>
    provisionVolume(given, { storageClass, nodes: [node], localDirectory: '/data' });

  test('makes a directory of the chosen node, for this claim alone', () => {
    const [create] = provision(
      claim(asked(LOCAL_PATH, { [SELECTED_NODE]: 'n1' })),
      kind({ volumeBindingMode: 'WaitForFirstConsumer' }),
    ).steps.flat();
    if (create?.verb !== 'create') throw new Error('a volume is made');
    expect(create.object).toMatchObject({
      metadata: { name: 'pvc-cu', annotations: { [PROVISIONED_BY]: LOCAL_PATH } },
      spec: {
        local: { path: '/data/pvc-cu' },
        capacity: { storage: '2Gi' },
        claimRef: { namespace: 'ns', name: 'c', uid: 'cu' },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'standard',
      },
    });
    expect(hostnameOf(create.object as PersistentVolume)).toBe('host1');
  });

  test('makes a directory of a share', () => {
    const nfs = kind({ provisioner: NFS, parameters: { server: 'files', share: '/export/' } });
    expect(provision(claim(asked(NFS)), nfs).steps.flat()).toMatchObject([
      { object: { spec: { nfs: { server: 'files', path: '/export/pvc-cu' } } } },
    ]);
    expect(provision(claim(asked(NFS)), kind({ provisioner: NFS })).events?.[0]).toMatchObject({
      reason: 'ProvisioningFailed',
      message:
        'failed to provision volume with StorageClass "standard": parameters "server" and "share" (an absolute path) are required',
    });
  });

  test.each([
    ['nobody asked', claim(), kind()],
    ['another provisioner is asked', claim(asked('example.com/disks')), kind()],
    ['it has a volume', claim(asked(LOCAL_PATH), { volumeName: 'p' }), kind()],
    ['no node is chosen yet', claim(asked(LOCAL_PATH)), kind({ volumeBindingMode: 'WaitForFirstConsumer' })],
  ])('does nothing when %s', (_, given, storageClass) => {
    expect(provision(given, storageClass)).toEqual({ steps: [] });
  });

  test.each([
    [{ accessModes: ['ReadWriteMany'] }, 'local volumes only support ReadWriteOnce and ReadWriteOncePod access modes'],
    [{ volumeMode: 'Block' }, 'raw block volumes are not supported'],
    [{ selector: {} }, 'claim.Spec.Selector is not supported'],
  ])('refuses a claim with %j', (spec, why) => {
    expect(provision(claim(asked(LOCAL_PATH), spec)).events?.[0]?.message).toContain(why);
  });
});

describe('disposalOf()', () => {
  const ours = {
    annotations: { [PROVISIONED_BY]: LOCAL_PATH },
    finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'],
  };
  const policy = (persistentVolumeReclaimPolicy: string) => ({ persistentVolumeReclaimPolicy });
  test.each([
    ['in use', volume(ours, 'Bound', policy('Delete')), 'nothing'],
    ['released', volume(ours, 'Released', policy('Delete')), 'delete'],
    ['released, to be kept', volume(ours, 'Released', policy('Retain')), 'nothing'],
    ['somebody else’s', volume({}, 'Released', policy('Delete')), 'nothing'],
    ['being deleted while in use', volume({ ...ours, ...GOING }, 'Bound', policy('Delete')), 'nothing'],
    ['being deleted', volume({ ...ours, ...GOING }, 'Released', policy('Delete')), 'deleteData'],
    ['being deleted, its data to be kept', volume({ ...ours, ...GOING }, 'Released', policy('Retain')), 'letGo'],
    ['let go already', volume({ annotations: ours.annotations, ...GOING }, 'Released', policy('Delete')), 'nothing'],
  ])('of a volume that is %s', (_, given, expected) => {
    expect(disposalOf(given)).toBe(expected);
    expect(withoutHold(given).metadata.finalizers).toEqual([]);
  });
});
