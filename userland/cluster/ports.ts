/**
 * Are the cluster's ports free? Asked before anything starts, so that a taken port is one clear line.
 */
import { createServer } from 'node:net';
import { UserError } from './run-command';

export interface PortNeed {
  readonly port: number;
  readonly address: string;
  readonly component: string;
}

/** true when a server can listen there now */
export function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Throws a UserError that names the first taken port, who needs it and how to choose another. */
export async function requireFreePorts(needs: readonly PortNeed[]): Promise<void> {
  for (const { port, address, component } of needs) {
    if (await isPortFree(port, address)) continue;
    throw new UserError(
      `port ${port} on ${address} is taken by another program, and ${component} needs it`,
      `Find the program with 'ss -ltnp sport = :${port}', or choose other ports: MINIK8S_PORT_BASE=7443 ./run.sh up`,
    );
  }
}
