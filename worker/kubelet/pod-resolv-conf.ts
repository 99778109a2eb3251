/**
 * How a pod resolves names: dnsPolicy, dnsConfig and the cluster's DNS Service make its /etc/resolv.conf. Pure.
 *
 * ClusterFirst asks the cluster's DNS only, with the namespace's and the cluster's domains before the node's; Default is what
 * the node has; None is what the pod says itself. Pods in the node's network need ClusterFirstWithHostNet to ask the cluster.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
import type { Pod } from '../../helper/api/core/pod';

/** Limits of the resolver library, and of Kubernetes. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LENGTH = 2048;

export interface DnsFacts {
  /** the node's own /etc/resolv.conf */
  readonly nodeResolvConf: string;
  /** address of the cluster's DNS Service */
  readonly clusterDns: string;
  readonly clusterDomain: string;
}

export interface ResolvConf {
  readonly text: string;
  /** what was left out, in Kubernetes' words */
  readonly warnings: readonly string[];
}

interface Parts {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`, `rotate` */
  readonly options: readonly string[];
}

const NOTHING: Parts = { nameservers: [], searches: [], options: [] };

export function renderResolvConf(pod: Pod, facts: DnsFacts): ResolvConf {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = pod.spec ?? {};
  const wantsCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  const node = parse(facts.nodeResolvConf);
  const base = wantsCluster ? clusterParts(pod, facts, node) : dnsPolicy === 'None' ? NOTHING : node;
  const extra = (dnsConfig?.options ?? []).map(({ name = '', value }) => (value ? `${name}:${value}` : name));
  const overridden = new Set(extra.map(nameOf));
  return withinLimits({
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: [...base.options.filter((option) => !overridden.has(nameOf(option))), ...extra],
  });
}

function clusterParts(pod: Pod, { clusterDomain, clusterDns }: DnsFacts, node: Parts): Parts {
  const own = [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { nameservers: [clusterDns], searches: unique([...own, ...node.searches]), options: ['ndots:5'] };
}

function parse(text: string): Parts {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/),
  );
  const valuesOf = (word: string) => lines.filter(([first]) => first === word).map(([, ...values]) => values);
  return {
    nameservers: valuesOf('nameserver').flatMap(([address]) => address ?? []),
    // The last line of them counts, as for the resolver itself.
    searches: valuesOf('search').at(-1) ?? [],
    options: valuesOf('options').at(-1) ?? [],
  };
}

function withinLimits({ nameservers, searches, options }: Parts): ResolvConf {
  const warnings: string[] = [];
  const servers = nameservers.slice(0, MAX_NAMESERVERS);
  if (servers.length < nameservers.length) {
    const line = servers.join(' ');
    const text =
      'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ';
    warnings.push(text + line);
  }
  const kept = shortened(searches);
  if (kept.length < searches.length) {
    const text = 'Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ';
    warnings.push(text + kept.join(' '));
  }
  const lines = servers.map((server) => `nameserver ${server}`);
  if (kept.length > 0) lines.push(`search ${kept.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return { text: `${lines.join('\n')}\n`, warnings };
}

function shortened(searches: readonly string[]): readonly string[] {
  const kept = searches.slice(0, MAX_SEARCHES);
  while (kept.join(' ').length > MAX_SEARCH_LENGTH) kept.pop();
  return kept;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function nameOf(option: string): string {
  return option.split(':')[0] ?? option;
}
