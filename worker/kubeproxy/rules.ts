/**
 * The rules of all Services, rendered as text: chain by chain, the whole wanted state, nothing else.
 *
 * Chains and structure are those of Kubernetes' iptables mode, so that what students read elsewhere is what they find here:
 * SERVICES matches an address and jumps to SVC, SVC picks an endpoint and jumps to SEP, SEP rewrites the destination. EXT is
 * the way in from outside, SVL the endpoints of this node only. Traffic that must come back through this node is marked and
 * masqueraded on its way out.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
 */
import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from './service-ports';

/** chain -> its rules, without the `-A CHAIN` in front */
export type Chains = ReadonlyMap<string, readonly string[]>;

export interface Tables {
  readonly nat: Chains;
  readonly filter: Chains;
}

export interface RuleOptions {
  /** KUBE, unless two clusters share the host */
  readonly prefix: string;
  /** range of all pods: traffic from elsewhere to a Service must come back through this node */
  readonly podCidr: string;
}

/** Kubernetes' mark for "masquerade on the way out". */
const MASQUERADE_MARK = '0x4000';
/** Chain names have 28 characters at most; 16 of them identify the Service or endpoint. */
const HASH_LENGTH = 16;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** First 16 base32 characters of the SHA-256: what Kubernetes names its chains with. */
function chainHash(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let bits = 0;
  let value = 0;
  let out = '';
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < HASH_LENGTH) {
      bits -= 5;
      out += BASE32[(value >> bits) & 31];
    }
    value &= 0xff;
  }
  return out;
}

class RuleWriter {
  private readonly nat = new Map<string, string[]>();
  private readonly filter = new Map<string, string[]>();

  constructor(private readonly options: RuleOptions) {}

  /** Name of one of the fixed chains: `KUBE-SERVICES`. */
  private chain(name: string): string {
    return `${this.options.prefix}-${name}`;
  }

  render(services: readonly ServicePort[]): Tables {
    this.addFixedChains();
    for (const service of services) this.addService(service);
    // Must stay last: only what no Service address has claimed may be a node port.
    const nodePorts = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain';
    this.nat
      .get(this.chain('SERVICES'))
      ?.push(`-m comment --comment "${nodePorts}" -m addrtype --dst-type LOCAL -j ${this.chain('NODEPORTS')}`);
    return { nat: this.nat, filter: this.filter };
  }

  private addFixedChains(): void {
    this.nat.set(this.chain('SERVICES'), []);
    this.nat.set(this.chain('NODEPORTS'), []);
    this.nat.set(this.chain('MARK-MASQ'), [`-j MARK --or-mark ${MASQUERADE_MARK}`]);
    this.nat.set(this.chain('POSTROUTING'), [
      `-m mark ! --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j RETURN`,
      // Clear the mark, so that a packet which traverses the stack again is not masqueraded twice.
      `-j MARK --xor-mark ${MASQUERADE_MARK}`,
      '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ]);
    this.nat.set(this.chain('PROXY-CANARY'), []);
    this.filter.set(this.chain('SERVICES'), []);
    this.filter.set(this.chain('EXTERNAL-SERVICES'), []);
    this.filter.set(this.chain('FORWARD'), [
      `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j ACCEPT`,
      '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]);
  }

  private addService(service: ServicePort): void {
    const local = service.endpoints.filter((endpoint) => endpoint.isLocal);
    const internal = service.internalLocalOnly ? local : service.endpoints;
    const external = service.externalLocalOnly ? local : service.endpoints;
    const chains = this.addEndpointChains(service);
    const clusterChain = this.serviceChain('SVC', service);
    const localChain = this.serviceChain('SVL', service);
    if (service.endpoints.length > 0) this.addBalancing(clusterChain, service, service.endpoints, chains);
    if (local.length > 0 && (service.internalLocalOnly || service.externalLocalOnly))
      this.addBalancing(localChain, service, local, chains);
    this.addInternal(
      service,
      internal.length > 0 ? (service.internalLocalOnly ? localChain : clusterChain) : undefined,
    );
    if (service.nodePort === 0 && service.externalIps.length === 0) return;
    const externalChain = this.serviceChain('EXT', service);
    if (service.endpoints.length > 0) {
      this.addExternalChain(externalChain, service, clusterChain, external.length > 0 ? localChain : undefined);
    }
    this.addExternal(
      service,
      external.length > 0 || service.externalLocalOnly ? externalChain : undefined,
      service.endpoints.length > 0,
    );
  }

  private serviceChain(kind: 'SVC' | 'SVL' | 'EXT', service: ServicePort): string {
    return this.chain(`${kind}-${chainHash(service.name + service.protocol)}`);
  }

  /** One chain an endpoint: marks what comes from the endpoint itself (hairpin), then rewrites the destination. */
  private addEndpointChains(service: ServicePort): Map<Endpoint, string> {
    const chains = new Map<Endpoint, string>();
    for (const endpoint of service.endpoints) {
      const target = `${endpoint.ip}:${endpoint.port}`;
      const chain = this.chain(`SEP-${chainHash(service.name + service.protocol + target)}`);
      chains.set(endpoint, chain);
      const remember = service.affinitySeconds > 0 ? ` -m recent --name ${chain} --set` : '';
      this.nat.set(chain, [
        `-s ${endpoint.ip}/32 -m comment --comment "${service.name}" -j ${this.chain('MARK-MASQ')}`,
        `-p ${service.protocol} -m comment --comment "${service.name}"${remember} -m ${service.protocol} -j DNAT --to-destination ${target}`,
      ]);
    }
    return chains;
  }

  private addBalancing(
    chain: string,
    service: ServicePort,
    endpoints: readonly Endpoint[],
    chains: ReadonlyMap<Endpoint, string>,
  ): void {
    const rules = [
      `! -s ${this.options.podCidr} -d ${service.clusterIp}/32 -p ${service.protocol} -m comment --comment "${service.name} cluster IP" -m ${service.protocol} --dport ${service.port} -j ${this.chain('MARK-MASQ')}`,
    ];
    for (const endpoint of service.affinitySeconds > 0 ? endpoints : []) {
      const target = chains.get(endpoint);
      rules.push(
        `-m comment --comment "${service.name} -> ${endpoint.ip}:${endpoint.port}" -m recent --name ${target} --rcheck --seconds ${service.affinitySeconds} --reap -j ${target}`,
      );
    }
    endpoints.forEach((endpoint, index) => {
      rules.push(
        `-m comment --comment "${service.name} -> ${endpoint.ip}:${endpoint.port}"${choice(service, endpoints.length - index)} -j ${chains.get(endpoint)}`,
      );
    });
    this.nat.set(chain, rules);
  }

  /** The cluster address: to the balancing chain, or refused when nothing stands behind it. */
  private addInternal(service: ServicePort, target: string | undefined): void {
    const match = `-d ${service.clusterIp}/32 -p ${service.protocol}`;
    const port = `-m ${service.protocol} --dport ${service.port}`;
    if (target) {
      this.nat
        .get(this.chain('SERVICES'))
        ?.push(`${match} -m comment --comment "${service.name} cluster IP" ${port} -j ${target}`);
      return;
    }
    const why = service.endpoints.length > 0 ? 'has no local endpoints' : 'has no endpoints';
    const verdict = service.endpoints.length > 0 ? 'DROP' : refusal(service);
    this.filter
      .get(this.chain('SERVICES'))
      ?.push(`${match} -m comment --comment "${service.name} ${why}" ${port} -j ${verdict}`);
  }

  private addExternalChain(
    chain: string,
    service: ServicePort,
    clusterChain: string,
    localChain: string | undefined,
  ): void {
    if (!service.externalLocalOnly) {
      this.nat.set(chain, [
        `-m comment --comment "masquerade traffic for ${service.name} external destinations" -j ${this.chain('MARK-MASQ')}`,
        `-j ${clusterChain}`,
      ]);
      return;
    }
    this.nat.set(chain, [
      `-s ${this.options.podCidr} -m comment --comment "pod traffic for ${service.name} external destinations" -j ${clusterChain}`,
      `-m comment --comment "masquerade LOCAL traffic for ${service.name} external destinations" -m addrtype --src-type LOCAL -j ${this.chain('MARK-MASQ')}`,
      `-m comment --comment "route LOCAL traffic for ${service.name} external destinations" -m addrtype --src-type LOCAL -j ${clusterChain}`,
      ...(localChain ? [`-j ${localChain}`] : []),
    ]);
  }

  private addExternal(service: ServicePort, chain: string | undefined, hasEndpoints: boolean): void {
    const port = (number: number) => `-m ${service.protocol} --dport ${number}`;
    const ways = [
      ...service.externalIps.map((ip) => ({
        match: `-d ${ip}/32 -p ${service.protocol}`,
        number: service.port,
        words: 'external IP',
        from: 'SERVICES',
        local: '',
      })),
      ...(service.nodePort > 0
        ? [
            {
              match: `-p ${service.protocol}`,
              number: service.nodePort,
              words: 'nodePort',
              from: 'NODEPORTS',
              local: ' -m addrtype --dst-type LOCAL',
            },
          ]
        : []),
    ];
    for (const way of ways) {
      if (chain && hasEndpoints) {
        const comment = way.from === 'NODEPORTS' ? service.name : `${service.name} ${way.words}`;
        this.nat
          .get(this.chain(way.from))
          ?.push(`${way.match} -m comment --comment "${comment}" ${port(way.number)} -j ${chain}`);
      } else {
        this.filter
          .get(this.chain('EXTERNAL-SERVICES'))
          ?.push(
            `${way.match} -m comment --comment "${service.name} has no endpoints"${way.local} ${port(way.number)} -j ${refusal(service)}`,
          );
      }
    }
  }
}

/** The match that gives each of the remaining endpoints its equal share; the last one takes what is left. */
function choice(service: ServicePort, remaining: number): string {
  if (remaining === 1) return '';
  if (service.balance === 'roundrobin') return ` -m statistic --mode nth --every ${remaining} --packet 0`;
  return ` -m statistic --mode random --probability ${(1 / remaining).toFixed(10)}`;
}

/**
 * Kubernetes answers with an ICMP error. The kernel limits those for each host, so a pod whose connect follows others would
 * hang instead of being refused; TCP is therefore reset, which is never limited.
 */
function refusal({ protocol }: ServicePort): string {
  return `REJECT --reject-with ${protocol === 'tcp' ? 'tcp-reset' : 'icmp-port-unreachable'}`;
}

export function renderRules(services: readonly ServicePort[], options: RuleOptions): Tables {
  return new RuleWriter(options).render(services);
}

/** The jumps from the kernel's own chains into ours. */
export function hooks(
  prefix: string,
): readonly { readonly table: 'nat' | 'filter'; readonly chain: string; readonly rule: readonly string[] }[] {
  const comment = (text: string) => ['-m', 'comment', '--comment', text];
  const isNew = ['-m', 'conntrack', '--ctstate', 'NEW'];
  const portals = 'kubernetes service portals';
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
    { table: 'filter', chain: 'FORWARD', rule: [...comment('kubernetes forwarding rules'), '-j', `${prefix}-FORWARD`] },
    { table: 'filter', chain: 'FORWARD', rule: [...isNew, ...comment(portals), '-j', `${prefix}-SERVICES`] },
    { table: 'filter', chain: 'FORWARD', rule: [...isNew, ...comment(external), '-j', `${prefix}-EXTERNAL-SERVICES`] },
    { table: 'filter', chain: 'OUTPUT', rule: [...isNew, ...comment(portals), '-j', `${prefix}-SERVICES`] },
  ];
}
