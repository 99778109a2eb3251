/**
 * How long packets may be that leave by the interface with this node's address.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

const ETHERNET_MTU = 1500;

/** The MTU of the interface that has the address; Ethernet's when none has it. */
export function linkMtuOf(address: string): number {
  const found = Object.entries(networkInterfaces()).find(([, list]) => list?.some((one) => one.address === address));
  try {
    // The loopback interface's 65536 is no length a packet to another machine may have.
    return Math.min(Number(readFileSync(`/sys/class/net/${found?.[0]}/mtu`, 'utf8')) || ETHERNET_MTU, 9000);
  } catch {
    return ETHERNET_MTU;
  }
}
