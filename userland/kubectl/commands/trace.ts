/**
 * `trace path POD TARGET`: the way of a packet, hop by hop, by the rules that stand in the kernel of the nodes right now.
 *
 * TARGET is a Service or pod (`web`, `svc/web:80`, `pod/x`), an address or a URL. Nothing is sent; nodes are asked what they would do.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { isNotFound } from '../../../helper/api/status-error';
import type { RestClient } from '../../../helper/client/rest-client';
import { CommandError, SilentExit } from '../command-error';
import type { NetworkState } from '../trace/network-state';
import { parseTarget, type Target } from '../trace/parse-target';
import { renderHops, tracePath } from '../trace/trace-path';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const DEFAULT_PORT = 80;

interface TraceRequest {
  readonly words: readonly string[];
}

interface Destination {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

const orNothing = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
  return undefined;
};

function ofService({ metadata, spec }: Service, asked: number | undefined): Destination {
  const port = (spec?.ports ?? []).find((one) => asked === undefined || one.port === asked);
  if (asked === undefined && !port) throw new CommandError(`trace: service/${metadata.name} has no ports`);
  const protocol = (port?.protocol ?? 'TCP').toLowerCase() as Destination['protocol'];
  return { host: `${metadata.name}.${metadata.namespace}`, port: asked ?? port?.port ?? 0, protocol };
}

/** A word that is no address is a Service, else a pod, else a name for the DNS server. */
async function destinationOf(target: Target, { client, namespace }: Context): Promise<Destination> {
  const { kind, name, port } = target;
  if (kind === 'host') return { host: name, port: port ?? DEFAULT_PORT, protocol: 'tcp' };
  if (kind !== 'pod') {
    const service = await client.get(serviceResource, namespace, name).catch(kind === 'any' ? orNothing : undefined);
    if (service) return ofService(service, port);
  }
  const pod = await client.get(podResource, namespace, name).catch(kind === 'any' ? orNothing : undefined);
  if (!pod) return { host: name, port: port ?? DEFAULT_PORT, protocol: 'tcp' };
  if (!pod.status?.podIP) throw new CommandError(`trace: pod/${name} has no address yet (it is ${pod.status?.phase})`);
  return {
    host: pod.status.podIP,
    port: port ?? pod.spec?.containers[0]?.ports?.[0]?.containerPort ?? DEFAULT_PORT,
    protocol: 'tcp',
  };
}

/** A name as the pod's resolver tries it: with the search list first, unless it has many dots or ends with one. */
function namesToTry(host: string, { metadata }: Pod, domain: string): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  return [
    ...[`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain].map((suffix) => `${host}.${suffix}`),
    host,
  ];
}

async function askNode(client: RestClient, node: string, query: URLSearchParams): Promise<NetworkState> {
  return (await client.raw('GET', `/api/v1/nodes/${node}/proxy/network?${query}`)) as NetworkState;
}

async function trace(request: TraceRequest, context: Context): Promise<void> {
  const { client, namespace, output, shell } = context;
  const [, podName = '', target = ''] = request.words;
  const source = await client.get(podResource, namespace, podName.replace(/^pods?\//, ''));
  const { host, port, protocol } = await destinationOf(parseTarget(target), context);
  const [pods, nodes, dns] = await Promise.all([
    client.list(podResource),
    client.list(nodeResource),
    client.get(serviceResource, 'kube-system', 'kube-dns').catch(orNothing),
  ]);
  const dnsServer = dns?.spec?.clusterIP ?? '';
  const query = new URLSearchParams({ server: dnsServer });
  for (const name of namesToTry(host, source, shell.settings.clusterDomain)) query.append('name', name);
  const states = await statesOf(client, nodes.items, source, query);
  const hops = tracePath({
    source,
    host,
    dnsServer,
    port,
    protocol,
    pods: pods.items,
    nodes: nodes.items,
    states,
  });
  const from = `${source.metadata.namespace}/${source.metadata.name} (${source.status?.podIP ?? 'no address'} on ${source.spec?.nodeName ?? 'no node'})`;
  output.out(`${from} → ${host}:${port}/${protocol}\n${renderHops(hops)}`);
  if (hops.some(({ dropped }) => dropped)) throw new SilentExit(1);
}

/** The source's node must answer; of the others it is worth knowing when they do not. */
async function statesOf(
  client: RestClient,
  nodes: readonly Node[],
  source: Pod,
  query: URLSearchParams,
): Promise<Map<string, NetworkState>> {
  const own = source.spec?.nodeName;
  const states = new Map<string, NetworkState>();
  await Promise.all(
    nodes.map(async ({ metadata: { name } }) => {
      const state = await askNode(client, name, name === own ? query : new URLSearchParams()).catch((error: Error) => {
        if (name === own) throw new CommandError(`trace: ${name} does not say what it would do: ${error.message}`);
        return undefined;
      });
      if (state) states.set(name, state);
    }),
  );
  return states;
}

const verb: Verb<object, TraceRequest> = {
  complete: ({ args }) => ({ words: args }),
  validate({ words }) {
    if (words[0] !== 'path' || words.length !== 3)
      throw new CommandError('trace what? Expected trace path POD SERVICE|POD|ADDRESS|URL');
    parseTarget(words[2] ?? '');
  },
  run: trace,
};

export const addTrace: AddVerb = (program, host) =>
  defineVerb(
    program.command('trace').description('the way of a packet: trace path POD SERVICE|POD|ADDRESS|URL'),
    host,
    verb,
  );
