/**
 * The rules of all Services put together: chain by chain, the whole wanted state, nothing else.
 *
 * Chains and structure are those of Kubernetes' iptables mode, so that what students read elsewhere is what they find here:
 * SERVICES matches an address and jumps to a Service's own chains (`service-rules.ts`). Traffic that must come back through
 * this node is marked and masqueraded on its way out.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
 */
import type { PortRules } from './service-rules';

/** chain -> its rules, without the `-A CHAIN` in front */
export type Chains = ReadonlyMap<string, readonly string[]>;

export interface Tables {
  readonly nat: Chains;
  readonly filter: Chains;
}

/** Kubernetes' mark for "masquerade on the way out". */
const MASQUERADE_MARK = '0x4000';

/** Must stay last: only what no Service address has claimed may be a node port. */
const NODE_PORTS_COMMENT = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain';

/**
 * The tables for these Services; `services` is in a fixed order, so that equal states give equal tables. Node ports answer on these
 * addresses, or on all of the host.
 */
export function assembleRules(
  services: readonly PortRules[],
  prefix: string,
  nodePortAddresses?: readonly string[],
): Tables {
  const chain = (name: string) => `${prefix}-${name}`;
  const toNodePorts = `-m comment --comment "${NODE_PORTS_COMMENT}"`;
  const nat = new Map<string, readonly string[]>([
    [
      chain('SERVICES'),
      [
        ...services.flatMap((service) => service.services),
        ...(nodePortAddresses?.map((ip) => `-d ${ip}/32 ${toNodePorts} -j ${chain('NODEPORTS')}`) ?? [
          `${toNodePorts} -m addrtype --dst-type LOCAL -j ${chain('NODEPORTS')}`,
        ]),
      ],
    ],
    [chain('NODEPORTS'), services.flatMap((service) => service.nodePorts)],
    [chain('MARK-MASQ'), [`-j MARK --or-mark ${MASQUERADE_MARK}`]],
    [
      chain('POSTROUTING'),
      [
        `-m mark ! --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j RETURN`,
        // Clear the mark, so that a packet which traverses the stack again is not masqueraded twice.
        `-j MARK --xor-mark ${MASQUERADE_MARK}`,
        '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      ],
    ],
    [chain('PROXY-CANARY'), []],
  ]);
  for (const service of services) for (const [name, rules] of service.chains) nat.set(name, rules);
  const filter = new Map<string, readonly string[]>([
    [chain('SERVICES'), services.flatMap((service) => service.refusals)],
    [chain('EXTERNAL-SERVICES'), services.flatMap((service) => service.externalRefusals)],
    [chain('PROXY-FIREWALL'), services.flatMap((service) => service.firewall)],
    [chain('NODEPORTS'), services.flatMap((service) => service.allowed)],
    [
      chain('FORWARD'),
      [
        // Such a packet would leave with a pod's own address, and the other end would reset the connection.
        '-m conntrack --ctstate INVALID -j DROP',
        `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j ACCEPT`,
        '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      ],
    ],
  ]);
  return { nat, filter };
}

/** The jumps from the kernel's own chains into ours. */
export function hooks(
  prefix: string,
): readonly { readonly table: 'nat' | 'filter'; readonly chain: string; readonly rule: readonly string[] }[] {
  const comment = (text: string) => ['-m', 'comment', '--comment', text];
  const isNew = ['-m', 'conntrack', '--ctstate', 'NEW'];
  const portals = 'kubernetes service portals';
  const healthChecks = 'kubernetes health check service ports';
  const external = 'kubernetes externally-visible service portals';
  return [
    { table: 'nat', chain: 'PREROUTING', rule: [...comment(portals), '-j', `${prefix}-SERVICES`] },
    { table: 'nat', chain: 'OUTPUT', rule: [...comment(portals), '-j', `${prefix}-SERVICES`] },
    {
      table: 'nat',
      chain: 'POSTROUTING',
      rule: [...comment('kubernetes postrouting rules'), '-j', `${prefix}-POSTROUTING`],
    },
    { table: 'filter', chain: 'INPUT', rule: [...isNew, ...comment(external), '-j', `${prefix}-EXTERNAL-SERVICES`] },
    { table: 'filter', chain: 'INPUT', rule: [...comment(healthChecks), '-j', `${prefix}-NODEPORTS`] },
    { table: 'filter', chain: 'FORWARD', rule: [...comment('kubernetes forwarding rules'), '-j', `${prefix}-FORWARD`] },
    { table: 'filter', chain: 'FORWARD', rule: [...isNew, ...comment(portals), '-j', `${prefix}-SERVICES`] },
    { table: 'filter', chain: 'FORWARD', rule: [...isNew, ...comment(external), '-j', `${prefix}-EXTERNAL-SERVICES`] },
    { table: 'filter', chain: 'OUTPUT', rule: [...isNew, ...comment(portals), '-j', `${prefix}-SERVICES`] },
    ...['INPUT', 'OUTPUT', 'FORWARD'].map((chain) => ({
      table: 'filter' as const,
      chain,
      rule: [...isNew, ...comment('kubernetes load balancer firewall'), '-j', `${prefix}-PROXY-FIREWALL`],
    })),
  ];
}
