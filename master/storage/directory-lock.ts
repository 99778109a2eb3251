/**
 * One process a directory: lmdb would let two processes open the same files, but our revision counter lives in memory,
 * so a second writer would hand out the same revisions again.
 *
 * The lock is a listening socket in Linux's abstract namespace, named after the directory's device and inode: the kernel
 * takes the name away when the process dies, even by kill -9, so no stale lock is ever left and no pid is ever guessed.
 * https://man7.org/linux/man-pages/man7/unix.7.html (abstract sockets)
 */
import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Takes the directory for this process. Throws when any process, this one included, has it already. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const { dev, ino } = statSync(directory);
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, `\0minik8s-store-${dev}-${ino}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const owner = await readFile(join(directory, 'owner.pid'), 'utf8').catch(() => 'unknown');
    throw new Error(
      `the store in ${JSON.stringify(directory)} is already open (process ${owner.trim()}); expected one process a store`,
      { cause: error },
    );
  }
  // Only for the message above and for people: who holds it is decided by the socket.
  await writeFile(join(directory, 'owner.pid'), `${process.pid}\n`);
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: name, exclusive: true }, resolve);
  });
}
