/**
 * The rules of one Service port: its own chains, and the rules that lead to them from the chains all Services share.
 *
 * SVC picks one of the endpoints, SVL one of those of this node, SEP rewrites the destination, EXT is the way in from outside,
 * FW lets in who may use a load balancer address. Rendered once for each change of the Service and kept, so that a change of
 * one Service costs one Service.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
 */
import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from './service-ports';

export interface RuleOptions {
  /** KUBE, unless two clusters share the host */
  readonly prefix: string;
  /** addresses of pods: their traffic needs no masquerading inside the cluster */
  readonly podCidr: string;
}

export interface PortRules {
  /** chains of its own in nat, each before those that jump to it */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** its rules in shared chains: nat SERVICES and NODEPORTS; filter SERVICES, EXTERNAL-SERVICES, PROXY-FIREWALL and NODEPORTS */
  readonly services: readonly string[];
  readonly nodePorts: readonly string[];
  readonly refusals: readonly string[];
  readonly externalRefusals: readonly string[];
  readonly firewall: readonly string[];
  readonly allowed: readonly string[];
}

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

const comment = (text: string) => `-m comment --comment "${text}"`;

/** One way to a Service from outside: an address or the node's port. */
interface Way {
  readonly match: string;
  readonly words: string;
  readonly isNodePort: boolean;
  /** behind this chain when only some may use it */
  readonly target: string;
}

class PortRuleWriter {
  private readonly chains = new Map<string, string[]>();
  private readonly services: string[] = [];
  private readonly nodePorts: string[] = [];
  private readonly refusals: string[] = [];
  private readonly externalRefusals: string[] = [];
  private readonly firewall: string[] = [];
  private readonly portMatch: string;

  constructor(
    private readonly service: ServicePort,
    private readonly options: RuleOptions,
  ) {
    this.portMatch = `-m ${service.protocol} --dport ${service.port}`;
  }

  render(): PortRules {
    const { service } = this;
    const endpointChains = this.addEndpointChains();
    if (service.endpoints.length > 0) this.addBalancing(this.own('SVC'), service.endpoints, endpointChains);
    const usesLocal = service.internalLocalOnly || service.externalLocalOnly;
    if (usesLocal && service.localEndpoints.length > 0)
      this.addBalancing(this.own('SVL'), service.localEndpoints, endpointChains);
    this.addInternal();
    this.addExternal();
    const { healthCheckNodePort: health, name } = service;
    const { chains, services, nodePorts, refusals, externalRefusals, firewall } = this;
    const allowed =
      health > 0 ? [`-p tcp ${comment(`${name} health check node port`)} -m tcp --dport ${health} -j ACCEPT`] : [];
    return { chains, services, nodePorts, refusals, externalRefusals, firewall, allowed };
  }

  private chain(name: string): string {
    return `${this.options.prefix}-${name}`;
  }

  private own(kind: 'SVC' | 'SVL' | 'EXT' | 'FW'): string {
    return this.chain(`${kind}-${chainHash(this.service.name + this.service.protocol)}`);
  }

  private get hasEndpoints(): boolean {
    return this.service.endpoints.length > 0 || this.service.localEndpoints.length > 0;
  }

  /** One chain an endpoint: marks what comes from the endpoint itself (hairpin), then rewrites the destination. */
  private addEndpointChains(): Map<string, string> {
    const { service } = this;
    const chains = new Map<string, string>();
    for (const endpoint of [...service.endpoints, ...service.localEndpoints]) {
      const target = targetOf(endpoint);
      if (chains.has(target)) continue;
      const chain = this.chain(`SEP-${chainHash(service.name + service.protocol + target)}`);
      chains.set(target, chain);
      const remember = service.affinitySeconds > 0 ? ` -m recent --name ${chain} --set` : '';
      this.chains.set(chain, [
        `-s ${endpoint.ip}/32 ${comment(service.name)} -j ${this.chain('MARK-MASQ')}`,
        `-p ${service.protocol} ${comment(service.name)}${remember} -m ${service.protocol} -j DNAT --to-destination ${target}`,
      ]);
    }
    return chains;
  }

  private addBalancing(chain: string, endpoints: readonly Endpoint[], chains: ReadonlyMap<string, string>): void {
    const { service } = this;
    const rules = [
      `! -s ${this.options.podCidr} -d ${service.clusterIp}/32 -p ${service.protocol} ${comment(`${service.name} cluster IP`)} ${this.portMatch} -j ${this.chain('MARK-MASQ')}`,
    ];
    const note = (endpoint: Endpoint) => comment(`${service.name} -> ${targetOf(endpoint)}`);
    for (const endpoint of service.affinitySeconds > 0 ? endpoints : []) {
      const target = chains.get(targetOf(endpoint));
      rules.push(
        `${note(endpoint)} -m recent --name ${target} --rcheck --seconds ${service.affinitySeconds} --reap -j ${target}`,
      );
    }
    endpoints.forEach((endpoint, index) => {
      rules.push(`${note(endpoint)}${choice(service, endpoints.length - index)} -j ${chains.get(targetOf(endpoint))}`);
    });
    this.chains.set(chain, rules);
  }

  /** The cluster address: to the balancing chain, or refused when nothing stands behind it. */
  private addInternal(): void {
    const { service } = this;
    const match = `-d ${service.clusterIp}/32 -p ${service.protocol}`;
    const usable = service.internalLocalOnly ? service.localEndpoints : service.endpoints;
    if (usable.length > 0) {
      const target = this.own(service.internalLocalOnly ? 'SVL' : 'SVC');
      this.services.push(`${match} ${comment(`${service.name} cluster IP`)} ${this.portMatch} -j ${target}`);
      return;
    }
    const [why, verdict] = this.hasEndpoints
      ? ['has no local endpoints', 'DROP']
      : ['has no endpoints', refusal(service)];
    this.refusals.push(`${match} ${comment(`${service.name} ${why}`)} ${this.portMatch} -j ${verdict}`);
  }

  private addExternal(): void {
    const ways = this.ways();
    if (ways.length === 0) return;
    const { service } = this;
    if (this.hasEndpoints) this.addExternalChain();
    const hasUsable = (service.externalLocalOnly ? service.localEndpoints : service.endpoints).length > 0;
    for (const way of ways) {
      if (this.hasEndpoints) {
        const rule = `${way.match} -j ${way.target}`;
        (way.isNodePort ? this.nodePorts : this.services).push(rule);
      }
      if (hasUsable) continue;
      const [why, verdict] = this.hasEndpoints
        ? ['has no local endpoints', 'DROP']
        : ['has no endpoints', refusal(service)];
      const here = way.isNodePort ? ' -m addrtype --dst-type LOCAL' : '';
      const refused = way.match.replace(comment(way.words), `${comment(`${service.name} ${why}`)}${here}`);
      this.externalRefusals.push(`${refused} -j ${verdict}`);
    }
  }

  private ways(): Way[] {
    const { service } = this;
    const external = this.own('EXT');
    const address = (ip: string, kind: string, target: string): Way => {
      const words = `${service.name} ${kind}`;
      const match = `-d ${ip}/32 -p ${service.protocol} ${comment(words)} ${this.portMatch}`;
      return { match, words, isNodePort: false, target };
    };
    const isGuarded = service.sourceRanges.length > 0 && service.loadBalancerIps.length > 0;
    if (isGuarded && this.hasEndpoints) this.addFirewall(external);
    const nodePort: Way = {
      match: `-p ${service.protocol} ${comment(service.name)} -m ${service.protocol} --dport ${service.nodePort}`,
      words: service.name,
      isNodePort: true,
      target: external,
    };
    return [
      ...service.externalIps.map((ip) => address(ip, 'external IP', external)),
      ...service.loadBalancerIps.map((ip) => address(ip, 'loadbalancer IP', isGuarded ? this.own('FW') : external)),
      ...(service.nodePort > 0 ? [nodePort] : []),
    ];
  }

  /** What no range lets through keeps its destination, and is dropped in filter. */
  private addFirewall(external: string): void {
    const { service } = this;
    const note = comment(`${service.name} loadbalancer IP`);
    this.chains.set(
      this.own('FW'),
      service.sourceRanges.map((range) => `-s ${range} ${note} -j ${external}`),
    );
    for (const ip of service.loadBalancerIps) {
      const why = comment(`${service.name} traffic not accepted by ${this.own('FW')}`);
      this.firewall.push(`-d ${ip}/32 -p ${service.protocol} ${why} ${this.portMatch} -j DROP`);
    }
  }

  private addExternalChain(): void {
    const { service } = this;
    const [cluster, note] = [this.own('SVC'), `${service.name} external destinations`];
    const mark = this.chain('MARK-MASQ');
    if (!service.externalLocalOnly) {
      this.chains.set(this.own('EXT'), [`${comment(`masquerade traffic for ${note}`)} -j ${mark}`, `-j ${cluster}`]);
      return;
    }
    const local = '-m addrtype --src-type LOCAL';
    // Pods and the node itself reach all endpoints: only traffic from outside must stay here, to keep its source.
    const inside = [
      `-s ${this.options.podCidr} ${comment(`pod traffic for ${note}`)} -j ${cluster}`,
      `${comment(`masquerade LOCAL traffic for ${note}`)} ${local} -j ${mark}`,
      `${comment(`route LOCAL traffic for ${note}`)} ${local} -j ${cluster}`,
    ];
    this.chains.set(this.own('EXT'), [
      ...(service.endpoints.length > 0 ? inside : []),
      ...(service.localEndpoints.length > 0 ? [`-j ${this.own('SVL')}`] : []),
    ]);
  }
}

const targetOf = ({ ip, port }: Endpoint) => `${ip}:${port}`;

export function renderPortRules(service: ServicePort, options: RuleOptions): PortRules {
  return new PortRuleWriter(service, options).render();
}
