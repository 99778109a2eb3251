import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersistentVolumeSpec, Volume } from 'kubernetes-types/core/v1';
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import { nfsMountArguments } from './mounts';
import { deleteVolumeData } from './provisioned';
import { MountError, VolumeManager } from './volume-manager';

const UID = '5f9b2c1e-0000-4000-8000-000000000001';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'claims-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const pod = (volume: Omit<Volume, 'name'>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ns', uid: 'u1' },
  spec: { containers: [{ name: 'a' }], volumes: [{ name: 'v', ...volume }] },
});
const bound: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: UID, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
  spec: { volumeName: 'p' },
  status: { phase: 'Bound' },
};
const volume = (spec: PersistentVolumeSpec, provisioner = '', name = 'p'): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
  spec: { claimRef: { namespace: 'ns', name: 'c', uid: UID }, ...spec },
});
const CLAIM = { persistentVolumeClaim: { claimName: 'c' } };

function setUp(claim: PersistentVolumeClaim | undefined, its?: PersistentVolume, asked: Omit<Volume, 'name'> = CLAIM) {
  const paths = { podsDirectory: join(root, 'pods'), projectRoot: '/project', home: root };
  const manager = new VolumeManager(paths, {
    configMap: async () => undefined,
    secret: async () => undefined,
    fields: () => ({ nodeName: 'n', hostIp: '', podIp: '', allocatable: {} }),
    serviceAccountToken: async () => ({ token: '', refreshAt: new Date(0) }),
    claim: async () => claim,
    persistentVolume: async () => its,
  });
  return manager.setUp(pod(asked)).then(({ volumes }) => volumes.get('v'));
}

describe('a claim', () => {
  test('leads to the directory of its volume, made at the first mount and kept afterwards', async () => {
    const local = volume({ local: { path: '/elsewhere' } }, 'minik8s.io/local-path', `pvc-${UID}`);
    const path = join(root, 'local-volumes', `pvc-${UID}`);
    expect(await setUp(bound, local)).toEqual({ hostPath: path });
    expect(statSync(path).mode & 0o777).toBe(0o777);
    writeFileSync(join(path, 'file'), 'x');
    expect(await setUp(bound, local, { persistentVolumeClaim: { claimName: 'c', readOnly: true } })).toEqual({
      hostPath: path,
      readOnly: true,
    });
    await deleteVolumeData(root, ['local', `pvc-${UID}`], new URLSearchParams());
    expect(existsSync(path)).toBe(false);
  });

  test('leads to a path that an administrator named', async () => {
    mkdirSync(join(root, 'disk'));
    expect(await setUp(bound, volume({ local: { path: join(root, 'disk') } }))).toEqual({
      hostPath: join(root, 'disk'),
    });
    const made = { path: join(root, 'new'), type: 'DirectoryOrCreate' };
    expect(await setUp(bound, volume({ hostPath: made }))).toEqual({ hostPath: made.path });
  });

  const NOT_BOUND = 'error processing PVC ns/c: PVC is not bound';
  const LISTS =
    'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: ';
  test.each<[string, PersistentVolumeClaim | undefined, PersistentVolume | undefined, boolean]>([
    [
      `${LISTS}error processing PVC ns/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found`,
      undefined,
      undefined,
      true,
    ],
    [LISTS + NOT_BOUND, { ...bound, status: { phase: 'Pending' } }, undefined, true],
    [LISTS + NOT_BOUND, { ...bound, metadata: { ...bound.metadata, annotations: {} } }, undefined, true],
    [`${LISTS}persistentvolume "p" not found`, bound, undefined, true],
    [
      `${LISTS}PV p is bound to another claim`,
      { ...bound, metadata: { ...bound.metadata, uid: 'x' } },
      volume({}),
      true,
    ],
    [
      'MountVolume.SetUp failed for volume "v" : path "/none" does not exist',
      bound,
      volume({ local: { path: '/none' } }),
      false,
    ],
    [
      'MountVolume.SetUp failed for volume "v" : no volume plugin matched: persistent volumes of type "csi" are not supported by this node',
      bound,
      volume({ csi: { driver: 'd', volumeHandle: 'h' } }),
      false,
    ],
  ])('fails with: %s', async (message, claim, its, isWaiting) => {
    const error = await setUp(claim, its).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MountError);
    expect((error as MountError).message).toBe(message);
    expect((error as MountError).isWaiting).toBe(isWaiting);
  });

  test('of an ephemeral volume must be the pod’s own', async () => {
    const spec = { accessModes: ['ReadWriteOnce'] };
    await expect(setUp(bound, undefined, { ephemeral: { volumeClaimTemplate: { spec } } })).rejects.toThrow(
      'PVC ns/web-v was not created for pod ns/web (pod is not owner)',
    );
  });
});

test.each([['../etc'], ['pvc-../../etc'], [''], ['data']])('deleteVolumeData() never deletes %p', async (name) => {
  await expect(deleteVolumeData(root, ['local', name], new URLSearchParams())).rejects.toThrow('is not the name');
  const query = new URLSearchParams({ server: 'files', path: `/export/${name}` });
  await expect(deleteVolumeData(root, ['nfs'], query)).rejects.toThrow();
});

test.each<[string, string, string[], string[]]>([
  ['files', '/export', [], ['-t', 'nfs', 'files:/export', '/t']],
  ['files', '/export', ['vers=4.1', 'ro'], ['-t', 'nfs', '-o', 'vers=4.1,ro', 'files:/export', '/t']],
  ['fd00::1', '/export', [], ['-t', 'nfs', '[fd00::1]:/export', '/t']],
])('nfsMountArguments() for %s:%s with %j', (server, path, options, expected) => {
  expect(nfsMountArguments(server, path, '/t', options)).toEqual(expected);
});
