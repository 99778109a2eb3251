import type { Pod } from '../../../helper/api/core/pod';
import { type CopyWishes, ephemeralContainer, nameSuffix, nodeDebugPod, podCopy } from './debug-pod';
import { type ProfileName, parseProfile } from './profiles';

const wishes: CopyWishes = {
  image: 'tools',
  env: [],
  words: ['sh'],
  argumentsOnly: false,
  stdin: true,
  tty: false,
  profile: 'general',
  copyTo: 'copy',
  setImages: new Map(),
  sameNode: false,
  keep: { labels: false, annotations: false, liveness: false, readiness: false, startup: false, initContainers: true },
};
const probe = { exec: { command: ['true'] } };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'lab', uid: '1', labels: { app: 'web' }, annotations: { a: 'b' } },
  spec: {
    nodeName: 'node1',
    initContainers: [{ name: 'i', image: 'init' }],
    containers: [
      { name: 'c', image: 'app', command: ['serve'], args: ['-x'], livenessProbe: probe, readinessProbe: probe },
    ],
    ephemeralContainers: [{ name: 'old', image: 'tools' }],
  },
} as Pod;
const copyOf = (changes: Partial<CopyWishes>) => podCopy(pod, { ...wishes, ...changes }, () => 'debugger-xxxxx');

test.each<[ProfileName, unknown]>([
  ['legacy', undefined],
  ['general', { capabilities: { add: ['SYS_PTRACE'] } }],
  ['baseline', undefined],
  ['netadmin', { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }],
  ['sysadmin', { privileged: true }],
])('ephemeralContainer() under the profile %s', (profile, expected) => {
  const container = ephemeralContainer('debugger', 'c', { ...wishes, profile });
  expect(container.securityContext).toEqual(expected);
  expect(container).toMatchObject({
    name: 'debugger',
    image: 'tools',
    command: ['sh'],
    stdin: true,
    targetContainerName: 'c',
  });
});

test.each<[ProfileName, boolean, boolean]>([
  ['legacy', true, true],
  ['general', true, true],
  ['baseline', false, false],
  ['restricted', false, false],
  ['netadmin', true, false],
  ['sysadmin', true, true],
])('nodeDebugPod() under the profile %s: in host namespaces %s, sees host files %s', (profile, inHost, seesFiles) => {
  const { spec } = nodeDebugPod('node1', 'node-debugger', 'debugger', { ...wishes, profile });
  expect(spec?.hostPID ?? false).toBe(inHost);
  expect(spec?.volumes?.length ?? 0).toBe(seesFiles ? 1 : 0);
  expect(spec).toMatchObject({ nodeName: 'node1', restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }] });
});

test('podCopy() adds a container and leaves out labels, annotations, probes, node and identity', () => {
  const { pod: copy, container } = copyOf({});
  expect(container).toBe('debugger-xxxxx');
  expect(copy.metadata).toEqual({ name: 'copy', namespace: 'lab' });
  expect(copy.spec?.containers.map(({ name }) => name)).toEqual(['c', 'debugger-xxxxx']);
  expect(copy.spec?.containers[0]).toEqual({ name: 'c', image: 'app', command: ['serve'], args: ['-x'] });
  expect(copy.spec).not.toHaveProperty('nodeName');
  expect(copy.spec).not.toHaveProperty('ephemeralContainers');
  expect(copy.spec?.shareProcessNamespace).toBe(true);
});

test('podCopy() changes a container that is there, whose old arguments do not go with a new command', () => {
  const { image: _, ...noImage } = wishes;
  const { pod: copy, container } = podCopy(pod, { ...noImage, container: 'c' }, () => 'never');
  expect(container).toBe('c');
  expect(copy.spec?.containers[0]).toMatchObject({ name: 'c', image: 'app', command: ['sh'], stdin: true });
  expect(copy.spec?.containers[0]).not.toHaveProperty('args');
});

test('podCopy() with new images only has nobody to attach to', () => {
  const { image: _, ...noImage } = wishes;
  const made = podCopy(
    pod,
    { ...noImage, words: [], setImages: new Map([['*', 'other']]), shareProcesses: false },
    () => '',
  );
  expect(made.container).toBeUndefined();
  expect(made.pod.spec?.containers[0]?.image).toBe('other');
  expect(made.pod.spec?.shareProcessNamespace).toBe(false);
  expect(() => podCopy(pod, { ...noImage, words: [] }, () => '')).toThrow('you must specify image');
});

test('podCopy() keeps what it is told to keep', () => {
  const keep = {
    labels: true,
    annotations: true,
    liveness: true,
    readiness: false,
    startup: false,
    initContainers: false,
  };
  const { pod: copy } = copyOf({ keep, sameNode: true, profile: 'baseline' });
  expect(copy.metadata).toMatchObject({ labels: { app: 'web' }, annotations: { a: 'b' } });
  expect(copy.spec?.containers[0]).toHaveProperty('livenessProbe');
  expect(copy.spec?.containers[0]).not.toHaveProperty('readinessProbe');
  expect(copy.spec).not.toHaveProperty('initContainers');
  expect(copy.spec?.nodeName).toBe('node1');
});

test('parseProfile() refuses what is none', () => {
  expect(() => parseProfile('nonsense')).toThrow('unknown profile: nonsense');
});

test('nameSuffix() has five letters of names', () => {
  expect(nameSuffix(() => 0)).toBe('bbbbb');
  expect(nameSuffix()).toMatch(/^[a-z0-9]{5}$/);
});
