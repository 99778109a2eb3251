/**
 * Turns the options of `up` into the settings of this cluster: what exists wins, then what the user asks, then what the
 * machine can do.
 */
import { existsSync } from 'node:fs';
import { RUNTIMES } from '../../helper/process/node-runtimes';
import { SETTING_OPTIONS } from '../../helper/process/setting-options';
import type { Settings } from '../../helper/process/settings';
import type { ClusterFile } from './cluster-file';
import { readClusterFile, refuseChanges } from './cluster-file';
import { dockerVersion } from './docker-daemon';
import { canInstall, findProgram } from './host-packages';
import { fabricOf } from './machines/fabric-plan';
import { nodeCount } from './machines/start-machines';
import { rangeProblem } from './range-overlaps';
import { UserError } from './run-command';

export interface UpFlags {
  readonly nodes?: string;
  readonly store?: string;
  readonly runtime?: string;
  readonly criEndpoint?: string;
  readonly etcdEndpoints?: string;
  readonly allInOne?: boolean;
  readonly install: boolean;
}

export interface Chosen {
  readonly settings: Settings;
  readonly allInOne: boolean;
  readonly ownEtcd: boolean;
  readonly notices: readonly string[];
  /** this host and machines beside it */
  readonly nodes: number;
}

export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (!found)
    throw new UserError(
      `${flag} ${JSON.stringify(value)}: expected ${allowed.join(', ')}`,
      `./run.sh up ${flag} ${allowed[0]}`,
    );
  return found;
}

/** Throws unless it is the path of a socket, as `unix:///run/containerd/containerd.sock`. */
export function criEndpointOf(text: string): string {
  if (SETTING_OPTIONS.criEndpoint.read(text) === undefined) {
    throw new UserError(`--cri-endpoint ${JSON.stringify(text)}: expected ${SETTING_OPTIONS.criEndpoint.expected}`, '');
  }
  return text;
}

/** `auto` is Docker when this user can have it here, else simulated, which is then said loudly. */
async function chooseRuntime(
  asked: string,
  settings: Settings,
  mayInstall: boolean,
): Promise<{ runtime: Settings['runtime']; notices: string[] }> {
  const wanted = oneOf('--runtime', asked, ['auto', ...RUNTIMES]);
  if (wanted !== 'auto') return { runtime: wanted, notices: [] };
  const isRoot = process.getuid?.() === 0;
  const running = (await dockerVersion(settings.dockerSocket)) !== undefined;
  if (isRoot && (running || findProgram('dockerd') || (mayInstall && canInstall())))
    return { runtime: 'docker', notices: [] };
  const reason = isRoot
    ? 'Docker is not installed and cannot be installed here'
    : 'interfaces and iptables need root, and this user is not root';
  return {
    runtime: 'simulated',
    notices: [
      `*** NO REAL CONTAINERS: ${reason}.`,
      '*** Pods will be simulated: scheduled and listed, but no program runs in them and no Service answers.',
      '',
    ],
  };
}

function chooseStore(
  flags: UpFlags,
  settings: Settings,
): { store: Settings['store']; etcdEndpoints: readonly string[]; ownEtcd: boolean } {
  const wanted = oneOf('--store', flags.store ?? 'auto', ['auto', 'etcd', 'embedded']);
  const given = flags.etcdEndpoints?.split(',').map((endpoint) => endpoint.trim()) ?? [];
  if (wanted === 'embedded' || (wanted === 'auto' && given.length === 0))
    return { store: 'embedded', etcdEndpoints: [], ownEtcd: false };
  if (given.length > 0) return { store: 'etcd', etcdEndpoints: given, ownEtcd: false };
  return { store: 'etcd', etcdEndpoints: [`http://127.0.0.1:${settings.portBase + 20}`], ownEtcd: true };
}

/** Settings of an existing cluster, refusing what cannot change; flags that were not given do not count as asked. */
function followExisting(flags: UpFlags, base: Settings, existing: ClusterFile): Omit<Chosen, 'nodes'> {
  const asked: Partial<ClusterFile> = {
    ...(flags.store && flags.store !== 'auto' ? { store: oneOf('--store', flags.store, ['etcd', 'embedded']) } : {}),
    portBase: base.portBase,
    podCidr: base.podCidr,
    serviceCidrs: base.serviceCidrs,
    loadBalancerCidr: base.loadBalancerCidr,
  };
  refuseChanges(existing, asked);
  const runtime =
    flags.runtime && flags.runtime !== 'auto' ? oneOf('--runtime', flags.runtime, RUNTIMES) : existing.runtime;
  return {
    settings: { ...base, ...existing, runtime },
    allInOne: flags.allInOne ?? existing.allInOne,
    ownEtcd: existing.ownEtcd,
    notices: [],
  };
}

/** flanneld keeps its network and its leases in etcd. */
function requireEtcdForFlannel({ flanneldPath }: Settings, { store }: Pick<Settings, 'store'>): void {
  if (flanneldPath === '') return;
  if (store !== 'etcd')
    throw new UserError(
      `flanneldPath ${flanneldPath}: flanneld needs etcd, and the store is ${store}`,
      './run.sh up --store etcd',
    );
  if (!existsSync(flanneldPath))
    throw new UserError(`flanneldPath ${flanneldPath}: no such program`, 'Give the path of the flanneld to run.');
}

export async function chooseSettings(flags: UpFlags, given: Settings): Promise<Chosen> {
  const nodes = nodeCount(flags.nodes) ?? 1;
  const base = flags.criEndpoint ? { ...given, criEndpoint: criEndpointOf(flags.criEndpoint) } : given;
  const existing = readClusterFile(base.home);
  if (existing) return { ...followExisting(flags, base, existing), nodes };
  const { runtime, notices } = await chooseRuntime(
    flags.runtime ?? (flags.criEndpoint ? 'containerd' : 'auto'),
    base,
    flags.install,
  );
  const { ownEtcd, ...store } = chooseStore(flags, base);
  requireEtcdForFlannel(base, store);
  const settings = { ...base, ...store, runtime };
  const problem = rangeProblem(settings);
  if (problem)
    throw new UserError(problem, 'Choose ranges that have nothing in common, and nothing with your network.');
  // With machines of its own the host is a node in their network, which is there as long as they are; other addresses come and go.
  const inFabric = nodes > 1 && !process.env['MINIK8S_NODE_IP'];
  const nodeIp = inFabric ? fabricOf(settings.portBase, settings.chainPrefix).hostAddress : settings.nodeIp;
  return { settings: { ...settings, nodeIp }, allInOne: flags.allInOne ?? false, ownEtcd, notices, nodes };
}
