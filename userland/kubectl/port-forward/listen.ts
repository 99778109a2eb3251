/**
 * The ports of this machine that `port-forward` listens on.
 *
 * `localhost` means both loopback addresses; one of them is enough. A port that cannot be had is said and the others go on, as long as
 * there are others.
 */
import { type AddressInfo, createServer, isIP, isIPv6, type Server, type Socket } from 'node:net';
import { CommandError } from '../command-error';
import type { Output } from '../shell';
import type { ForwardedPort } from './ports';

export interface Listener {
  readonly server: Server;
  readonly port: ForwardedPort;
}

/** The addresses of `--address`. Throws for what is neither an address nor localhost. */
export function parseAddresses(words: readonly string[]): string[][] {
  return words.map((word) => {
    if (word === 'localhost') return ['127.0.0.1', '::1'];
    if (isIP(word) === 0) throw new CommandError(`${word} is not a valid IP`);
    return [word];
  });
}

function listenOn(address: string, local: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, onConnection);
    server.once('error', reject);
    server.listen({ host: address, port: local, ipv6Only: isIPv6(address) }, () => resolve(server));
  });
}

const shown = (address: string) => (isIPv6(address) ? `[${address}]` : address);

/** Go's words for what the kernel refused. */
function bindError(address: string, local: number, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE'
      ? 'bind: address already in use'
      : code === 'EACCES'
        ? 'bind: permission denied'
        : code === 'EADDRNOTAVAIL'
          ? 'bind: cannot assign requested address'
          : message;
  const family = isIPv6(address) ? 'tcp6' : 'tcp4';
  return `unable to create listener: Error listen ${family} ${shown(address)}:${local}: ${why}`;
}

/** Listens on the addresses of one word of `--address`; the texts of what failed when none could be had. */
async function listenTogether(
  addresses: readonly string[],
  port: ForwardedPort,
  onConnection: (socket: Socket, local: number) => void,
  output: Output,
): Promise<Listener[] | string[]> {
  const listeners: Listener[] = [];
  const failures: string[] = [];
  let { local } = port;
  for (const address of addresses) {
    try {
      const server = await listenOn(address, local, (socket) => onConnection(socket, local));
      local = (server.address() as AddressInfo).port;
      output.out(`Forwarding from ${shown(address)}:${local} -> ${port.remote}\n`);
      listeners.push({ server, port });
    } catch (error) {
      failures.push(bindError(address, local, error));
    }
  }
  return listeners.length > 0 ? listeners : failures;
}

/** Listens for all ports on all addresses. Throws when nothing at all can be listened on. */
export async function listenAll(
  ports: readonly ForwardedPort[],
  addresses: readonly (readonly string[])[],
  onConnection: (socket: Socket, port: ForwardedPort, local: number) => void,
  output: Output,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const port of ports) {
    for (const together of addresses) {
      const found = await listenTogether(together, port, (socket, local) => onConnection(socket, port, local), output);
      const failures = found.filter((item) => typeof item === 'string');
      listeners.push(...found.filter((item) => typeof item !== 'string'));
      if (failures.length > 0)
        output.err(
          `Unable to listen on port ${port.local}: Listeners failed to create with the following errors: [${failures.join(' ')}]\n`,
        );
    }
  }
  if (listeners.length === 0) {
    const list = ports.map(({ local, remote }) => `{${local} ${remote}}`).join(' ');
    throw new CommandError(`unable to listen on any of the requested ports: [${list}]`);
  }
  return listeners;
}
