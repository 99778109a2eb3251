/** Facts in the texts of /proc. */
import { pidsGroupIn, upperFolderIn } from './process-facts';

test('upperFolderIn() finds the writable layer of the root', () => {
  const text = [
    '21 1 0:20 / /proc rw - proc proc rw',
    '700 600 0:55 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l/1/fs,upperdir=/l/2/fs,workdir=/l/2/work',
  ].join('\n');
  expect(upperFolderIn(text)).toBe('/l/2/fs');
  expect(upperFolderIn('1 0 8:1 / / rw - ext4 /dev/sda rw')).toBeUndefined();
});

test('pidsGroupIn() finds the group of the controller', () => {
  expect(pidsGroupIn('5:memory:/a\n4:pids:/kubepods/podx/c1\n')).toBe('/kubepods/podx/c1');
  expect(pidsGroupIn('0::/a\n')).toBeUndefined();
});
