/**
 * Hosts of Ingresses as names: each is the address its Ingress reports, in pods by this server's answers, on the node by a block in
 * /etc/hosts.
 *
 * Only the hosts themselves, never what stands above or below them, and nothing of the cluster's own domain: an Ingress cannot take
 * `kubernetes.default.svc`. `*.shop.local` stands for one label, as in Ingress rules.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards
 */
import { objectKey } from '../../helper/api/meta';
import type { Ingress } from '../../helper/api/networking/ingress';
import type { ZoneRecord } from './records';

/** Names of Ingresses and their addresses. */
export class IngressHosts {
  private readonly byIngress = new Map<string, ReadonlyMap<string, string>>();
  private readonly addresses = new Map<string, string>();

  constructor(private readonly domain: string) {}

  /** Takes in a change of an Ingress; false: no name or address is another one now. */
  change(before: Ingress | undefined, after: Ingress | undefined): boolean {
    const one = after ?? before;
    if (!one) return false;
    const key = objectKey(one);
    const now = after ? this.hostsOf(after) : new Map<string, string>();
    const known = this.byIngress.get(key) ?? new Map<string, string>();
    if (now.size === known.size && [...now].every(([host, address]) => known.get(host) === address)) return false;
    if (now.size > 0) this.byIngress.set(key, now);
    else this.byIngress.delete(key);
    this.addresses.clear();
    for (const hosts of this.byIngress.values()) for (const [host, address] of hosts) this.addresses.set(host, address);
    return true;
  }

  /** Records of a name; undefined when no Ingress has it. */
  lookup(name: string): readonly ZoneRecord[] | undefined {
    if (this.addresses.size === 0) return undefined;
    const address = this.addresses.get(name) ?? this.addresses.get(name.replace(/^[^.]+/, '*'));
    return address === undefined ? undefined : [{ name, type: 'A', address }];
  }

  /** The hosts without wildcards, which a hosts file cannot have: name and address, in the order of their names. */
  list(): [host: string, address: string][] {
    return [...this.addresses].filter(([host]) => !host.startsWith('*')).sort(([a], [b]) => a.localeCompare(b));
  }

  private hostsOf({ spec, status }: Ingress): Map<string, string> {
    const address = status?.loadBalancer?.ingress?.find(({ ip }) => ip)?.ip;
    const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host.toLowerCase()] : []));
    const outside = hosts.filter((host) => host !== this.domain && !host.endsWith(`.${this.domain}`));
    return new Map(address ? outside.map((host) => [host, address] as const) : []);
  }
}
