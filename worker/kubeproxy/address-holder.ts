/**
 * Puts the load balancer addresses that this node holds on the interface of the node network, and takes them off again.
 *
 * They are labelled (`eth0:lb`), so that a later run finds what an earlier one put there. A move is announced to the other hosts of the
 * network (gratuitous ARP): on their own they would ask the old node for up to a minute.
 * https://www.rfc-editor.org/rfc/rfc5227#section-3
 */
import { networkInterfaces } from 'node:os';
import { formatIpv4, isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';
import type { Logger } from '../../helper/process/component';
import { runOnHost } from '../network/host-command';

/** The interface with this node's address, and its network. */
export interface NodeLink {
  readonly device: string;
  readonly network: string;
}

/** undefined when no interface has the address, and when the pool lies outside its network: those addresses need a route. */
export function linkOfPool(nodeIp: string, pool: string): NodeLink | undefined {
  for (const [device, list] of Object.entries(networkInterfaces())) {
    const own = list?.find(({ address }) => address === nodeIp);
    if (!own?.cidr) continue;
    const { first, prefixLength } = parseCidr(own.cidr);
    const network = `${formatIpv4(first)}/${prefixLength}`;
    return isInRange(parseCidr(pool).first, parseCidr(network)) ? { device, network } : undefined;
  }
  return undefined;
}

/** Once is not enough: a host refuses to learn another owner within a second of the last, and packets are lost. */
const ANNOUNCEMENTS = '3';

const labelOf = (device: string) => `${device}:lb`.slice(-15);

/** Those of the pool that carry our label. */
async function present({ device }: NodeLink, pool: string): Promise<string[]> {
  const text = await runOnHost('ip', ['-4', '-o', 'addr', 'show', 'dev', device, 'label', labelOf(device)]);
  const range = parseCidr(pool);
  return [...text.matchAll(/ inet ([\d.]+)\//g)]
    .map(([, address = '']) => address)
    .filter((address) => isInRange(parseIpv4(address), range));
}

export class AddressHolder {
  private applied: string | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: NodeLink,
    private readonly pool: string,
    private readonly log: Logger,
  ) {}

  /** Holds exactly these; one call after the other. */
  set(wanted: readonly string[]): Promise<void> {
    const next = this.last.then(() => this.apply(wanted));
    this.last = next.catch(() => {});
    return next;
  }

  private async apply(wanted: readonly string[]): Promise<void> {
    const text = wanted.join();
    if (text === this.applied) return;
    const { device } = this.link;
    const current = await present(this.link, this.pool);
    const come = wanted.filter((address) => !current.includes(address));
    const gone = current.filter((address) => !wanted.includes(address));
    const line = (verb: string) => (address: string) =>
      `addr ${verb} ${address}/32 dev ${device} label ${labelOf(device)}`;
    const lines = [...gone.map(line('del')), ...come.map(line('add'))];
    if (lines.length > 0) {
      await runOnHost('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
      this.log.info({ device, addresses: wanted }, 'load balancer addresses held here');
    }
    this.applied = text;
    for (const address of come) void this.announce(address);
  }

  /** Takes seconds, for which nobody waits. */
  private async announce(address: string): Promise<void> {
    const args = ['arping', '-q', '-U', '-c', ANNOUNCEMENTS, '-I', this.link.device, '-s', address, address];
    await runOnHost('busybox', args).catch((error: unknown) =>
      this.log.warn({ address, error: String(error) }, 'a load balancer address could not be announced'),
    );
  }
}
