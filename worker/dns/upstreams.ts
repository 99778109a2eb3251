/**
 * Who is asked for names outside the cluster: the node's own servers, and others for stub domains. Pure.
 *
 * The ConfigMap `kube-system/kube-dns` may change both, in the form Kubernetes documents: `stubDomains`, a JSON object from
 * domain to servers, and `upstreamNameservers`, a JSON list. A server is an IPv4 address, with `:port` where it is not 53.
 * https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
 */
import { isIPv4 } from 'node:net';
import type { ConfigMap } from '../../helper/api/core/config-map';

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

export interface Routes {
  /** longest domain first; the last one, '', is for everything */
  readonly byDomain: readonly { readonly domain: string; readonly servers: readonly Upstream[] }[];
  /** what of the ConfigMap could not be used, and why */
  readonly problems: readonly string[];
}

const DNS_PORT = 53;
/** Kubernetes allows this many of each. */
const MAX_SERVERS = 3;

function parseServer(text: unknown): Upstream | undefined {
  const [address = '', port = `${DNS_PORT}`, ...rest] = String(text).split(':');
  const number = Number(port);
  const isPort = Number.isInteger(number) && number > 0 && number < 65_536;
  return isIPv4(address) && isPort && rest.length === 0 ? { address, port: number } : undefined;
}

/** The IPv4 servers of a resolv.conf. */
export function nameserversOf(resolvConf: string): Upstream[] {
  return resolvConf.split('\n').flatMap((line) => {
    const [word, address] = line.trim().split(/\s+/);
    const server = word === 'nameserver' ? parseServer(address) : undefined;
    return server ? [server] : [];
  });
}

function parseJson(text: string | undefined, key: string, problems: string[]): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    problems.push(`${key}: ${(error as Error).message}`);
    return undefined;
  }
}

/** `own`: addresses this server answers on; asking them would ask ourselves for ever. */
export function routesOf(resolvConf: string, config: ConfigMap | undefined, own: ReadonlySet<string>): Routes {
  const problems: string[] = [];
  const usable = (list: unknown, key: string): Upstream[] => {
    if (!Array.isArray(list)) {
      problems.push(`${key}: expected a list of servers such as ["10.0.0.10:5353"]`);
      return [];
    }
    return list.slice(0, MAX_SERVERS).flatMap((text: unknown) => {
      const server = parseServer(text);
      if (!server) problems.push(`${key}: ${JSON.stringify(text)} is not an IPv4 address with an optional port`);
      return server ? [server] : [];
    });
  };
  const asked = parseJson(config?.data?.upstreamNameservers, 'upstreamNameservers', problems);
  const servers = asked === undefined ? nameserversOf(resolvConf) : usable(asked, 'upstreamNameservers');
  const stubs = parseJson(config?.data?.stubDomains, 'stubDomains', problems) ?? {};
  const byDomain = Object.entries(stubs).map(([domain, list]) => ({
    domain: domain.toLowerCase().replace(/\.$/, ''),
    servers: usable(list, `stubDomains["${domain}"]`),
  }));
  byDomain.push({ domain: '', servers });
  return {
    byDomain: byDomain
      .map((route) => ({ ...route, servers: route.servers.filter(({ address }) => !own.has(address)) }))
      .sort((a, b) => b.domain.length - a.domain.length),
    problems,
  };
}

/** The servers for a name in lower case. */
export function serversFor(routes: Routes, name: string): readonly Upstream[] {
  const route = routes.byDomain.find(({ domain }) => domain === '' || name === domain || name.endsWith(`.${domain}`));
  return route?.servers ?? [];
}
