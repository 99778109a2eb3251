import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VolumeMount } from 'kubernetes-types/core/v1';
import { resolveMounts } from './resolve-mount';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sub-path-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function mount(more: Partial<VolumeMount>, isReadOnlyVolume = false) {
  const volumeMounts = [{ name: 'v', mountPath: '/x', ...more }];
  const volumes = new Map([['v', { hostPath: root, readOnly: isReadOnlyVolume }]]);
  const [resolved] = await resolveMounts({ container: { name: 'a', volumeMounts }, volumes, expand: (text) => text });
  return resolved;
}

describe('resolveMounts()', () => {
  test('makes a missing subPath with the permissions of the volume, and finds a file', async () => {
    await chmod(root, 0o2777);
    writeFileSync(join(root, 'file'), '');
    expect((await mount({ subPath: 'new/dir' }))?.hostPath).toBe(join(root, 'new/dir'));
    expect(statSync(join(root, 'new/dir')).mode & 0o7777).toBe(0o2777);
    expect((await mount({ subPath: 'file' }))?.hostPath).toBe(join(root, 'file'));
  });

  test('follows links that stay in the volume', async () => {
    mkdirSync(join(root, 'd'));
    symlinkSync('d', join(root, 'link'));
    expect((await mount({ subPath: 'link/deep' }))?.hostPath).toBe(join(root, 'd/deep'));
  });

  test.each([
    ['../x', "unable to provision SubPath `../x`: must not contain '..'"],
    ['/etc', 'error SubPath `/etc` must not be an absolute path'],
    ['out/etc', 'failed to prepare subPath for volumeMount "v" of container "a"'],
    ['out/none/such', 'failed to create subPath directory for volumeMount "v" of container "a"'],
    ['dangling', 'failed to create subPath directory for volumeMount "v" of container "a"'],
  ])('refuses subPath %s', async (subPath, message) => {
    symlinkSync('/', join(root, 'out'));
    symlinkSync('/none-such-as-this', join(root, 'dangling'));
    await expect(mount({ subPath })).rejects.toThrow(message);
    expect(existsSync('/none')).toBe(false);
  });

  test.each([
    [{}, false, { readOnly: false }],
    [{ readOnly: true }, false, { readOnly: true }],
    [{}, true, { readOnly: true }],
    [{ readOnly: true, recursiveReadOnly: 'Enabled' }, false, { readOnly: true, recursiveReadOnly: 'always' }],
    [{ readOnly: true, recursiveReadOnly: 'IfPossible' }, false, { recursiveReadOnly: 'ifPossible' }],
    [{ mountPropagation: 'HostToContainer' }, false, { propagation: 'rslave' }],
    [{ mountPropagation: 'Bidirectional' }, false, { propagation: 'rshared' }],
  ])('turns %j of a volume that is read-only: %s into %j', async (more, isReadOnlyVolume, expected) => {
    expect(await mount(more, isReadOnlyVolume)).toMatchObject(expected);
  });
});
