import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import type { StorageClass } from '../../helper/api/storage/storage-class';
import { NodeState } from './node-state';
import { podVolumes, type StorageView } from './pod-volumes';

const HOST = 'kubernetes.io/hostname';
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ns', uid: 'u1' },
  spec: { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
};
const claim = (more: Partial<PersistentVolumeClaim> = {}, annotations = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'cu', annotations },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'late', resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Pending' },
  ...more,
});
const volume = (name: string, hostname: string, more: PersistentVolumeSpec = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    storageClassName: 'late',
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOST, operator: 'In', values: [hostname] }] }] },
    },
    ...more,
  },
  status: { phase: 'Available' },
});
const storageClass = (more: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'late' },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
  ...more,
});

interface Given {
  claim?: PersistentVolumeClaim;
  volumes?: PersistentVolume[];
  storageClass?: StorageClass;
  isUsed?: boolean;
  promised?: string;
}

function view({
  claim: known,
  volumes = [],
  storageClass: kind = storageClass(),
  isUsed,
  promised,
}: Given): StorageView {
  return {
    claim: () => known,
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    freeVolumes: () => volumes,
    storageClass: (name) => (name === 'late' ? kind : undefined),
    promisedNode: () => promised,
    isUsed: () => isUsed ?? false,
  };
}

const state = (name: string): NodeState => {
  const made = new NodeState(name);
  made.node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [HOST]: name } } } as Node;
  return made;
};
const bound = (name: string) =>
  claim(
    { spec: { ...claim().spec, volumeName: name }, status: { phase: 'Bound' } },
    { 'pv.kubernetes.io/bind-completed': 'yes' },
  );
const LOCAL = { provisioner: 'minik8s.io/local-path' };
const CONFLICT = 'node(s) had volume node affinity conflict';
const NOTHING = "node(s) didn't find available persistent volumes to bind";

test('podVolumes() has nothing to say about a pod without claims', () => {
  expect(podVolumes({ ...pod, spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] } }, view({}))).toBe(
    undefined,
  );
});

test.each<[string, Given]>([
  ['persistentvolumeclaim "c" not found', {}],
  [
    'persistentvolumeclaim "c" is being deleted',
    { claim: claim({ metadata: { name: 'c', deletionTimestamp: '2024-01-01T00:00:00Z' } }) },
  ],
  [
    'persistentvolumeclaim "c" bound to non-existent persistentvolume "p"',
    { claim: claim({ spec: { volumeName: 'p' }, status: { phase: 'Lost' } }) },
  ],
  [
    'pod has unbound immediate PersistentVolumeClaims',
    { claim: claim(), storageClass: storageClass({ volumeBindingMode: 'Immediate' }) },
  ],
  ['pod has unbound immediate PersistentVolumeClaims', { claim: claim({ spec: { volumeName: 'p' } }) }],
])('podVolumes() rejects a pod everywhere: %s', (reason, given) => {
  expect(podVolumes(pod, view(given))?.rejection).toBe(reason);
});

test('podVolumes() waits for the claim of an ephemeral volume, and takes nobody else’s', () => {
  const template = { spec: {} };
  const own = {
    ...pod,
    spec: { containers: [], volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: template } }] },
  };
  expect(podVolumes(own, view({}))?.rejection).toBe(
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "web-v"',
  );
  expect(podVolumes(own, view({ claim: claim() }))?.rejection).toBe(
    'PVC ns/web-v was not created for pod ns/web (pod is not owner)',
  );
});

test.each<[string, Given, string, string | undefined]>([
  ['a bound volume is here', { claim: bound('p'), volumes: [volume('p', 'a')] }, 'a', undefined],
  ['a bound volume is elsewhere', { claim: bound('p'), volumes: [volume('p', 'a')] }, 'b', CONFLICT],
  [
    'a bound volume is gone',
    { claim: bound('p') },
    'a',
    'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
  ],
  [
    'a bound volume has another zone',
    {
      claim: bound('p'),
      volumes: [{ ...volume('p', 'a'), metadata: { name: 'p', labels: { 'topology.kubernetes.io/zone': 'x__y' } } }],
    },
    'a',
    'node(s) had no available volume zone',
  ],
  ['a free volume is here', { claim: claim(), volumes: [volume('p', 'a')] }, 'a', undefined],
  ['a free volume is elsewhere', { claim: claim(), volumes: [volume('p', 'a')] }, 'b', NOTHING],
  ['one can be made', { claim: claim(), storageClass: storageClass(LOCAL) }, 'b', undefined],
  [
    'one can be made, not here',
    {
      claim: claim(),
      storageClass: storageClass({
        ...LOCAL,
        allowedTopologies: [{ matchLabelExpressions: [{ key: HOST, values: ['a'] }] }],
      }),
    },
    'b',
    NOTHING,
  ],
  ['one is promised elsewhere', { claim: claim(), storageClass: storageClass(LOCAL), promised: 'a' }, 'b', NOTHING],
  [
    'one is being made elsewhere',
    { claim: claim({}, { 'volume.kubernetes.io/selected-node': 'a' }), storageClass: storageClass(LOCAL) },
    'b',
    NOTHING,
  ],
  [
    'somebody has the claim for himself',
    {
      claim: { ...bound('p'), spec: { ...bound('p').spec, accessModes: ['ReadWriteOncePod'] } },
      volumes: [volume('p', 'a')],
      isUsed: true,
    },
    'a',
    'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
  ],
])('podVolumes().filter() when %s', (_, given, node, reason) => {
  expect(podVolumes(pod, view(given))?.filter(state(node))).toBe(reason);
});

test('podVolumes().decide() takes the smallest free volume, and makes one where none is free', () => {
  const given = {
    claim: claim(),
    volumes: [volume('large', 'a', { capacity: { storage: '5Gi' } }), volume('fits', 'a')],
  };
  const { node: a } = state('a');
  const { node: b } = state('b');
  if (!a || !b) throw new Error('the nodes are there');
  const rules = podVolumes(pod, view({ ...given, storageClass: storageClass(LOCAL) }));
  expect(rules?.decide(a).bind.map(({ volume: { metadata } }) => metadata.name)).toEqual(['fits']);
  expect(rules?.decide(b)).toMatchObject({ bind: [], provision: [{ metadata: { name: 'c' } }] });
});
