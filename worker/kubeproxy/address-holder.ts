/**
 * Puts the load balancer addresses that this node holds on the interface of the node network, and takes them off again.
 *
 * They are labelled (`eth0:lb`), so that a later run finds what an earlier one put there. Other hosts notice a move when their ARP
 * entry of the old node fails, within seconds; nothing is announced.
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
    const lines = [
      ...current
        .filter((address) => !wanted.includes(address))
        .map((address) => `addr del ${address}/32 dev ${device} label ${labelOf(device)}`),
      ...wanted
        .filter((address) => !current.includes(address))
        .map((address) => `addr add ${address}/32 dev ${device} label ${labelOf(device)}`),
    ];
    if (lines.length > 0) {
      await runOnHost('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
      this.log.info({ device, addresses: wanted }, 'load balancer addresses held here');
    }
    this.applied = text;
  }
}
