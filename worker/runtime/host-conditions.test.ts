/** What is made, read or refused on the host before a container is asked for. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRecursion, makeMissingFolders, readSeccompProfile } from './host-conditions';
import type { ContainerConfig } from './runtime';

type Mount = ContainerConfig['mounts'][number];
const mount = (hostPath: string, more: Partial<Mount> = {}): Mount => ({
  hostPath,
  containerPath: '/in',
  readOnly: true,
  ...more,
});

describe('on the host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minik8s-host-'));
  const file = join(folder, 'file');
  beforeAll(() => writeFileSync(file, 'its text'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('makeMissingFolders() makes what is missing, leaves a file alone and names what it cannot make', () => {
    const missing = join(folder, 'a', 'b');
    makeMissingFolders({ mounts: [mount(missing), mount(file)] });
    expect(existsSync(missing)).toBe(true);
    expect(() => makeMissingFolders({ mounts: [mount(join(file, 'below'))] })).toThrow(
      expect.objectContaining({
        reason: 'CreateContainerError',
        message: expect.stringContaining(`cannot make mount source "${join(file, 'below')}"`),
      }),
    );
  });

  test('readSeccompProfile() reads a path only, and names a profile that is not there', () => {
    expect(readSeccompProfile(undefined)).toEqual({});
    expect(readSeccompProfile('unconfined')).toEqual({});
    expect(readSeccompProfile(file)).toEqual({ seccompProfile: 'its text' });
    expect(() => readSeccompProfile('/no/such.json')).toThrow('cannot load seccomp profile "/no/such.json"');
  });
});

test.each([
  ['an old Docker, nothing asked', '20.10.24', {}, undefined],
  ['an old Docker, if possible', '20.10.24', { recursiveReadOnly: 'ifPossible' }, undefined],
  [
    'an old Docker, always',
    '20.10.24',
    { recursiveReadOnly: 'always' },
    'mount "/in" requested recursive read-only mode, but it is not supported by Docker 20.10.24',
  ],
  ['a new Docker, always', '25.0.1', { recursiveReadOnly: 'always' }, undefined],
] as const)('checkRecursion() with %s', (_what, version, more, refused) => {
  const check = () => checkRecursion({ mounts: [mount('/', more)] }, version);
  if (refused) expect(check).toThrow(refused);
  else expect(check).not.toThrow();
});
