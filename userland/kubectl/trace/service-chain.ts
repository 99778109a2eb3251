/**
 * Follows a packet through kube-proxy's chains, as they stand in the kernel: which Service, which endpoints and with what probability.
 *
 * Pure: the text of iptables-save in, the chain of decisions out. https://kubernetes.io/docs/reference/networking/virtual-ips/
 */
import { isInRange, parseCidr, parseIpv4 } from '../../../helper/net/ipv4';

/** Rules of a node, as iptables-save prints them. */
export interface NodeRules {
  readonly nat: string;
  readonly filter: string;
  /** what its proxy's chains begin with: KUBE, unless two clusters share the host */
  readonly chainPrefix: string;
}

export interface Packet {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface Share {
  readonly chain: string;
  /** of all new connections, 0 to 1 */
  readonly probability: number;
  /** `address:port` after the translation */
  readonly to: string;
}

export type ChainOutcome =
  /** no rule is about this packet: it goes where its address says */
  | { readonly kind: 'untouched' }
  | { readonly kind: 'refused'; readonly rule: string; readonly reason: string }
  | {
      readonly kind: 'translated';
      /** chains in the order they are passed */
      readonly chains: readonly string[];
      /** `default/web:http` */
      readonly service: string;
      readonly shares: readonly Share[];
      readonly isSticky: boolean;
    };

interface Rule {
  readonly text: string;
  readonly chain: string;
  readonly words: readonly string[];
}

const MAX_CHAINS = 10;

export function parseRules(saved: string): Rule[] {
  return saved.split('\n').flatMap((text) => {
    if (!text.startsWith('-A ')) return [];
    const words = (text.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ''));
    return [{ text, chain: words[1] ?? '', words: words.slice(2) }];
  });
}

const argumentOf = ({ words }: Rule, flag: string): string | undefined => {
  const index = words.indexOf(flag);
  return index < 0 ? undefined : words[index + 1];
};
const isNegated = ({ words }: Rule, flag: string) => words[words.indexOf(flag) - 1] === '!';

/** Whether the rule speaks of this destination. Conditions on marks, sources and states are left to the caller. */
function isAbout(rule: Rule, packet: Packet): boolean {
  const [destination, protocol, port] = [argumentOf(rule, '-d'), argumentOf(rule, '-p'), argumentOf(rule, '--dport')];
  if (destination !== undefined) {
    const isInside = isInRange(
      parseIpv4(packet.address),
      parseCidr(destination.includes('/') ? destination : `${destination}/32`),
    );
    if (isInside === isNegated(rule, '-d')) return false;
  }
  return (
    (protocol === undefined || protocol === packet.protocol) && (port === undefined || Number(port) === packet.port)
  );
}

/** Where a new connection of a pod to this destination is led. `isLocal`: the address is one of the node's own. */
export function followServiceChain(tables: NodeRules, packet: Packet, isLocal: boolean): ChainOutcome {
  const { nat, filter, chainPrefix } = tables;
  const rules = parseRules(nat);
  const doors = (isLocal ? ['SERVICES', 'NODEPORTS'] : ['SERVICES']).map((name) => `${chainPrefix}-${name}`);
  for (const door of doors) {
    const entry = rules.find(
      (rule) => rule.chain === door && argumentOf(rule, '--dport') !== undefined && isAbout(rule, packet),
    );
    const target = entry && argumentOf(entry, '-j');
    if (entry && target) return translate(rules, chainPrefix, [door, target], serviceOf(entry));
  }
  return refusal(parseRules(filter), chainPrefix, packet);
}

/** `default/web:http cluster IP` -> `default/web:http` */
const serviceOf = (rule: Rule) => (argumentOf(rule, '--comment') ?? '').split(' ')[0] ?? '';

function translate(rules: readonly Rule[], prefix: string, chains: string[], service: string): ChainOutcome {
  for (let step = 0; step < MAX_CHAINS; step++) {
    const own = rules.filter(({ chain }) => chain === chains[chains.length - 1]);
    const endpoints = own.filter((rule) => argumentOf(rule, '-j')?.startsWith(`${prefix}-SEP-`));
    if (endpoints.length > 0) {
      const isSticky = endpoints.some(({ words }) => words.includes('--rcheck'));
      return { kind: 'translated', chains, service, shares: sharesOf(rules, endpoints), isSticky };
    }
    // The last jump to a chain of its own is the way on; marks come before it.
    const next = own
      .map((rule) => argumentOf(rule, '-j') ?? '')
      .filter((name) => name.startsWith(`${prefix}-SVC-`) || name.startsWith(`${prefix}-SVL-`))
      .pop();
    if (!next)
      return { kind: 'refused', rule: chains[chains.length - 1] ?? '', reason: `${service} has no endpoints here` };
    chains.push(next);
  }
  return { kind: 'untouched' };
}

/** Each rule takes its part of what the ones before left over. */
function sharesOf(rules: readonly Rule[], endpoints: readonly Rule[]): Share[] {
  let left = 1;
  return endpoints
    .filter(({ words }) => !words.includes('--rcheck'))
    .map((rule) => {
      const chain = argumentOf(rule, '-j') ?? '';
      const every = argumentOf(rule, '--every');
      const part = every ? 1 / Number(every) : Number(argumentOf(rule, '--probability') ?? 1);
      const probability = left * part;
      left -= probability;
      const to = rules
        .filter((one) => one.chain === chain)
        .map((one) => argumentOf(one, '--to-destination'))
        .find(Boolean);
      return { chain, probability, to: to ?? '' };
    });
}

const REFUSING_CHAINS = ['PROXY-FIREWALL', 'EXTERNAL-SERVICES', 'SERVICES', 'UNTRANSLATED'];

/** Rules that refuse what was not translated. */
function refusal(rules: readonly Rule[], prefix: string, packet: Packet): ChainOutcome {
  for (const chain of REFUSING_CHAINS) {
    // Rules by interface are about what is left of other ranges; the routes tell those apart.
    const rule = rules.find(
      (one) =>
        one.chain === `${prefix}-${chain}` &&
        !one.words.includes('-o') &&
        argumentOf(one, '-d') !== undefined &&
        isAbout(one, packet),
    );
    const target = rule && argumentOf(rule, '-j');
    if (rule && (target === 'REJECT' || target === 'DROP')) {
      return { kind: 'refused', rule: rule.text, reason: argumentOf(rule, '--comment') ?? target };
    }
  }
  return { kind: 'untouched' };
}
