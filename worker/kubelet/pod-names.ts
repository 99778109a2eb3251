/**
 * How a pod knows names: the texts of its /etc/hosts and /etc/resolv.conf. Pure.
 *
 * The DNS policy says where resolv.conf starts from: the cluster's server with the search list of the pod's namespace
 * (ClusterFirst), the node's own file (Default), or nothing (None). What `dnsConfig` says is merged in on top.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
import type { Pod } from '../../helper/api/core/pod';
import { podHostname } from './container-config';

export interface ClusterDns {
  /** address of the Service kube-dns */
  readonly address: string;
  /** `cluster.local` */
  readonly domain: string;
}

/** More than resolvers look at; Kubernetes cuts here too. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
/** Names with fewer dots are tried with the search list first: `kubernetes.default.svc` has two. */
const CLUSTER_OPTIONS = ['ndots:5'];

/** Kubernetes' hosts file: localhost, the pod's own name, and spec.hostAliases. */
export function renderHosts(pod: Pod, podIp: string, nodeName: string, clusterDomain: string): string {
  const { hostname, subdomain } = { hostname: podHostname(pod, nodeName), subdomain: pod.spec?.subdomain };
  const domain = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t` : '';
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...(podIp ? [`${podIp}\t${domain}${hostname}`] : []),
  ];
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) lines.push('', '# Entries added by HostAliases.');
  for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join('\t')}`);
  return `${lines.join('\n')}\n`;
}

interface Resolver {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

function parseResolvConf(text: string): Resolver {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const valuesOf = (word: string) => lines.filter(([first]) => first === word).flatMap(([, ...values]) => values);
  return { nameservers: valuesOf('nameserver'), searches: valuesOf('search'), options: valuesOf('options') };
}

/** Where the policy says to start. On the node's network ClusterFirst means the node's own resolver, unless said louder. */
function startingPoint(pod: Pod, node: Resolver, cluster: ClusterDns): Resolver {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec ?? {};
  if (dnsPolicy === 'None') return { nameservers: [], searches: [], options: [] };
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork)) return node;
  const { domain } = cluster;
  const searches = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches];
  return { nameservers: [cluster.address], searches, options: CLUSTER_OPTIONS };
}

/** The first ones that stay within what resolvers take. */
function limitSearches(searches: readonly string[]): string[] {
  const kept: string[] = [];
  for (const search of searches.slice(0, MAX_SEARCHES)) {
    if ([...kept, search].join(' ').length > MAX_SEARCH_CHARACTERS) break;
    kept.push(search);
  }
  return kept;
}

/** The pod's resolv.conf; `nodeResolvConf` is the text of the node's. */
export function renderResolvConf(pod: Pod, nodeResolvConf: string, cluster: ClusterDns): string {
  const base = startingPoint(pod, parseResolvConf(nodeResolvConf), cluster);
  const { dnsConfig } = pod.spec ?? {};
  const nameservers = [...new Set([...base.nameservers, ...(dnsConfig?.nameservers ?? [])])];
  const searches = [...new Set([...base.searches, ...(dnsConfig?.searches ?? [])])];
  const extra = (dnsConfig?.options ?? []).map(({ name = '', value }) =>
    value === undefined ? name : `${name}:${value}`,
  );
  const overridden = new Set(extra.map((option) => option.split(':')[0]));
  const options = [...base.options.filter((option) => !overridden.has(option.split(':')[0] ?? '')), ...extra];
  const lines = nameservers.slice(0, MAX_NAMESERVERS).map((server) => `nameserver ${server}`);
  const search = limitSearches(searches);
  if (search.length > 0) lines.push(`search ${search.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}
