/**
 * What the kernel of this node does with packets, as it stands: translation and filter rules, routes, addresses, neighbours, tunnels.
 *
 * Read when somebody asks (`kubectl trace path`), not kept. Names are looked up as pods do, by the cluster's DNS server.
 */
import { Resolver } from 'node:dns/promises';
import { runOnHost } from './host-command';

const LOOKUP_TIMEOUT_MS = 2000;
/** As many as a search list makes of a name. */
const MAX_NAMES = 8;

/** A name and its addresses, or the code of the failure (`ENOTFOUND`). */
export interface Lookup {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly failure?: string;
}

async function lookUp(server: string, name: string): Promise<Lookup> {
  const resolver = new Resolver({ timeout: LOOKUP_TIMEOUT_MS, tries: 1 });
  try {
    resolver.setServers([server]);
    return { name, addresses: await resolver.resolve4(name) };
  } catch (error) {
    return { name, addresses: [], failure: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
  }
}

const json = async (program: string, ...args: string[]): Promise<unknown> =>
  JSON.parse((await runOnHost(program, args)) || '[]') as unknown;

/** What this node calls its bridge and the chains of its proxy: two clusters on one host have different names. */
export interface NetworkNames {
  readonly bridgeName: string;
  readonly chainPrefix: string;
}

/** Of the query: `name` (several), asked in turn of `server` until one has an address. Throws when a program is not there. */
export async function readNetworkState(query: URLSearchParams, names: NetworkNames): Promise<object> {
  const [nat, filter, routes, addresses, neighbours, forwarding] = await Promise.all([
    runOnHost('iptables-save', ['-t', 'nat']),
    runOnHost('iptables-save', ['-t', 'filter']),
    json('ip', '-j', '-4', 'route', 'show', 'table', 'main'),
    json('ip', '-j', '-4', 'addr', 'show'),
    json('ip', '-j', '-4', 'neigh', 'show'),
    json('bridge', '-j', 'fdb', 'show'),
  ]);
  const server = query.get('server') ?? '';
  const lookups: Lookup[] = [];
  for (const name of query.getAll('name').slice(0, MAX_NAMES)) {
    const lookup = await lookUp(server, name);
    lookups.push(lookup);
    if (lookup.addresses.length > 0) break;
  }
  const { bridgeName, chainPrefix } = names;
  return { bridgeName, chainPrefix, nat, filter, routes, addresses, neighbours, forwarding, lookups };
}
