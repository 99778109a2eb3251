/**
 * Listening on a port, with a line a user can act on when somebody else has it.
 */
import type { Server } from 'node:http';

/** Resolves when the server listens. Throws when the port is taken, saying so. */
export function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const taken = `port ${port} on ${address} is taken by another process; free it or choose another with MINIK8S_PORT_BASE`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    };
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** Resolves when the server listens no more; its connections are cut. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
