/**
 * Puts a container's root filesystem together from programs of this machine.
 *
 * A dynamically linked program runs anywhere its shared libraries are found at the same paths; `ldd` names them. busybox
 * brings a shell and some 270 small programs in one static file. Nothing is copied to disk: the result is a list of entries.
 */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command';
import type { TarEntry } from './tar';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The folders and files of /etc that programs expect of any system. `extraUsers` are lines of /etc/passwd. */
export function skeleton(extraUsers: readonly string[] = []): TarEntry[] {
  const users = ['root:x:0:0:root:/root:/bin/sh', ...extraUsers, 'nobody:x:65534:65534:nobody:/nonexistent:/bin/false'];
  const groups = users.map((line) => line.split(':')).map(([name, , , group]) => `${name}:x:${group}:`);
  return [
    ...['bin', 'etc', 'home', 'proc', 'root', 'run', 'sbin', 'sys', 'usr', 'usr/bin', 'usr/sbin', 'var', 'dev'].map(
      (path): TarEntry => ({ kind: 'folder', path, ...(path === 'root' ? { mode: 0o700 } : {}) }),
    ),
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
    { kind: 'folder', path: 'var/tmp', mode: 0o1777 },
    { kind: 'text', path: 'etc/passwd', text: `${users.join('\n')}\n` },
    { kind: 'text', path: 'etc/group', text: `${groups.join('\n')}\n` },
    { kind: 'text', path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
  ];
}

/** busybox with a link for each of its programs. Throws when busybox is not the static build: it could not run alone. */
export async function busyboxEntries(busybox: string): Promise<TarEntry[]> {
  const list = (await runCommand(busybox, ['--list-full'])).split('\n').filter((path) => path !== '');
  const links = list
    .filter((path) => path !== 'bin/busybox' && path !== 'busybox')
    .map((path): TarEntry => ({ kind: 'link', path, target: '/bin/busybox' }));
  const has = (path: string) => list.includes(path);
  const env: TarEntry[] = has('usr/bin/env') ? [] : [{ kind: 'link', path: 'usr/bin/env', target: '/bin/busybox' }];
  return [{ kind: 'copy', path: 'bin/busybox', from: busybox, mode: 0o755 }, ...links, ...env];
}

/** Absolute paths in the output of `ldd`, the loader included; pure. */
export function librariesIn(lddOutput: string): string[] {
  const paths = lddOutput
    .split('\n')
    .map((line) => /(?:=>\s+|^\s+)(\/\S+)\s+\(0x/.exec(line)?.[1])
    .filter((path) => path !== undefined);
  return [...new Set(paths)].sort();
}

/** The files themselves and every shared library they need, each at its path of this machine. */
export async function programEntries(files: readonly string[]): Promise<TarEntry[]> {
  // ldd exits 1 when one of the files is static; its output for the others is still right.
  const output = await runCommand('sh', ['-c', 'ldd "$@" 2>/dev/null || true', 'ldd', ...files]);
  return [...new Set([...files, ...librariesIn(output)])].map(copyOf);
}

/** Every file below `folder`, at the same path; `skip` decides on names of files and folders. */
export function treeEntries(folder: string, skip: (name: string) => boolean): TarEntry[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item): TarEntry[] => {
    if (skip(item.name)) return [];
    const path = join(folder, item.name);
    if (item.isDirectory()) return [{ kind: 'folder', path }, ...treeEntries(path, skip)];
    // A link out of the folder would dangle in the image; what it points to is copied instead.
    if (item.isSymbolicLink() && (!existsSync(path) || statSync(path).isDirectory())) return [];
    return [copyOf(path)];
  });
}

/** Root certificates for TLS clients; none when this machine has none. */
export function certificateEntries(): TarEntry[] {
  return existsSync(CERTIFICATES) ? [copyOf(CERTIFICATES)] : [];
}

function copyOf(path: string): TarEntry {
  const from = realpathSync(path);
  return { kind: 'copy', path, from, mode: statSync(from).mode & 0o777 };
}
