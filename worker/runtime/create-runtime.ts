/**
 * The runtime and the pod network of a node, as its settings ask: real containers on a bridge of ours (Docker, or any
 * runtime that speaks CRI), or simulated ones.
 *
 * Each is loaded only when chosen: a simulated node never pays for dockerode, nor the other way round.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../helper/process/component';
import { usesCri, usesDocker } from '../../helper/process/node-runtimes';
import type { Settings } from '../../helper/process/settings';
import type { BridgeNetwork, BridgeNetworkOptions } from '../network/bridge-network';
import { linkMtuOf } from '../network/link-mtu';
import { flanneldMtu } from '../network/overlay/flanneld/subnet-file';
import { VXLAN_BYTES } from '../network/overlay/plan-overlay';
import type { CniNetwork, PodNetwork } from '../network/pod-network';
import type { NetworkedRuntime } from './cri/cri-runtime';
import type { Runtime } from './runtime';

const NETWORK_LIMIT_MS = 5_000;
const NETWORK_LOOK_MS = 20;

/** Made by `run.sh images build` from the catatonit package: holds a pod's namespaces and reaps its orphans. */
const PAUSE_IMAGE = 'minik8s/pause:1';

export interface NodeRuntime {
  readonly runtime: Runtime;
  readonly network: Pick<PodNetwork, 'notReadyReason'> & {
    setPodCidr(cidr: string): Promise<void>;
    /** absent where nothing can leak: a simulated network */
    reconcile?(livePodUids: ReadonlySet<string>): Promise<void>;
  };
}

/** Opens what the node's pods run on. Does not wait for Docker. */
export async function createRuntime(settings: Settings, log: Logger): Promise<NodeRuntime> {
  if (settings.runtime === 'simulated') return await createSimulatedNode(settings);
  const { createBridgeNetwork } = await import('../network/bridge-network');
  const network = await createBridgeNetwork(networkOptions(settings, log));
  const docker = usesDocker(settings) ? await openDocker(settings, network, log) : undefined;
  const cri = usesCri(settings) ? await openCri(settings, network, log) : undefined;
  return {
    network: cri ? await withCniConfig(settings, network, cri) : network,
    runtime: await asOne(docker, cri),
  };
}

/** Docker first: pods that ask for nothing are its. */
async function asOne(docker: Runtime | undefined, cri: Runtime | undefined): Promise<Runtime> {
  const only = docker ?? cri;
  if (!only) throw new Error('a node needs a container runtime');
  if (!docker || !cri) return only;
  const { createTwoRuntimes } = await import('./two-runtimes');
  return createTwoRuntimes(docker, cri);
}

/**
 * Takes back everything this node's pods left on the machine: containers, interfaces, routes, rules, addresses.
 * For `kubelet --cleanup`, while no kubelet runs. A runtime that does not answer throws RuntimeUnavailable, after the network is gone.
 */
export async function removeRuntime(settings: Settings, log: Logger): Promise<void> {
  if (settings.runtime === 'simulated') return rmSync(simulatedStateFile(settings), { force: true });
  const { removeBridgeNetwork } = await import('../network/bridge-network');
  const absent = { notReadyReason: () => undefined, detach: async () => {}, ipOf: () => undefined };
  const network = { ...absent, attach: refuse, adopt: refuse };
  await removeBridgeNetwork(networkOptions(settings, log));
  if (usesDocker(settings)) await empty(await openDocker(settings, network, log));
  if (usesCri(settings)) await empty(await openCri(settings, network, log));
}

async function empty(runtime: Runtime): Promise<void> {
  try {
    await Promise.all((await runtime.listSandboxes()).map((sandbox) => runtime.removeSandbox(sandbox.id)));
    // Containers whose sandbox someone else removed.
    await Promise.all((await runtime.listContainers()).map((container) => runtime.removeContainer(container.id)));
  } finally {
    await runtime.close();
  }
}

async function refuse(): Promise<never> {
  throw new Error('the node is being removed');
}

function networkOptions(settings: Settings, log: Logger): BridgeNetworkOptions {
  return {
    bridgeName: settings.bridgeName,
    stateDirectory: join(settings.home, 'network', settings.nodeName),
    clusterCidr: settings.podCidr,
    serviceCidr: settings.serviceCidrs[0] ?? '',
    chainPrefix: settings.chainPrefix,
    mtu: mtuOf(settings),
    isShared: isShared(settings),
    log,
  };
}

/** Two runtimes of which one connects its pods itself. */
const isShared = (settings: Settings): boolean => usesDocker(settings) && usesCri(settings);

/** Of pods: that of the link between nodes, less room for the overlay. */
function mtuOf(settings: Settings): number {
  return flanneldMtu(settings) ?? linkMtuOf(settings.nodeIp) - (settings.overlayBackend === 'vxlan' ? VXLAN_BYTES : 0);
}

async function openDocker(settings: Settings, network: PodNetwork, log: Logger): Promise<Runtime> {
  const { createDockerRuntime } = await import('./docker-runtime');
  return await createDockerRuntime({
    socketPath: settings.dockerSocket,
    clusterId: settings.home,
    nodeName: settings.nodeName,
    network,
    pauseImage: PAUSE_IMAGE,
    log,
  });
}

async function openCri(settings: Settings, network: CniNetwork, log: Logger): Promise<NetworkedRuntime> {
  const [{ createCriRuntime }, { protoFileOf }] = await Promise.all([
    import('./cri/cri-runtime'),
    import('./cri/cri-client'),
  ]);
  return await createCriRuntime({
    endpoint: settings.criEndpoint,
    protoFile: protoFileOf(settings.projectRoot),
    clusterId: settings.home,
    nodeName: settings.nodeName,
    network,
    logRoot: join(settings.home, 'log', 'pods'),
    log,
  });
}

/** The node's network, which also tells this cluster's containerd how to connect pods; another's has a configuration of its own. */
async function withCniConfig(
  settings: Settings,
  network: BridgeNetwork,
  runtime: NetworkedRuntime,
): Promise<NodeRuntime['network']> {
  const { renderCniConfig, writeCniConfig } = await import('../network/cni-config');
  const { home, nodeName, bridgeName } = settings;
  const dataDirectory = join(home, 'network', nodeName, 'cni');
  return {
    notReadyReason: () => network.notReadyReason(),
    reconcile: (livePodUids) => network.reconcile(livePodUids),
    async setPodCidr(podCidr) {
      await network.setPodCidr(podCidr);
      const plan = { bridgeName, podCidr, mtu: mtuOf(settings), dataDirectory, isShared: isShared(settings) };
      writeCniConfig(join(home, 'containerd', 'cni'), renderCniConfig(plan));
      await untilConnecting(runtime);
    },
  };
}

/** A runtime reads its network's configuration a moment after it was written. Throws with the runtime's reason when it does not. */
async function untilConnecting(runtime: NetworkedRuntime): Promise<void> {
  const deadline = Date.now() + NETWORK_LIMIT_MS;
  for (;;) {
    const problem = await runtime.networkProblem();
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new Error(problem);
    await new Promise((resolve) => setTimeout(resolve, NETWORK_LOOK_MS));
  }
}

async function createSimulatedNode(settings: Settings): Promise<NodeRuntime> {
  const { createSimulatedNetwork } = await import('../network/simulated-network');
  const { createSimulatedRuntime } = await import('./simulated-runtime');
  const network = createSimulatedNetwork();
  return { network, runtime: createSimulatedRuntime({ network, stateFile: simulatedStateFile(settings) }) };
}

function simulatedStateFile(settings: Settings): string {
  return join(settings.home, 'simulated', `${settings.nodeName}.json`);
}
