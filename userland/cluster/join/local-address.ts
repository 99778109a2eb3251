/**
 * The address of this machine as the control plane sees it: the one a connection to it leaves from.
 */
import { connect } from 'node:net';
import { UserError } from '../run-command';

const TIMEOUT_MS = 5000;

/** Connects to the server's port and hangs up again. Throws a UserError when it cannot. */
export function localAddressTowards(server: string): Promise<string> {
  const { hostname, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) || 443, timeout: TIMEOUT_MS, family: 4 });
    const fail = (reason: string) => {
      socket.destroy();
      reject(new UserError(`${server} cannot be reached: ${reason}`, 'Check address, port and firewall.'));
    };
    socket.once('timeout', () => fail(`no answer in ${TIMEOUT_MS / 1000} s`));
    socket.once('error', (error) => fail(error.message));
    socket.once('connect', () => {
      const address = socket.localAddress ?? '';
      socket.destroy();
      resolve(address);
    });
  });
}
