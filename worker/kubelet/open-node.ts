/**
 * The runtime and pod network of this node, as its settings ask: Docker on a bridge of ours, or simulated.
 *
 * Both are loaded only when chosen: a simulated node never pays for dockerode, nor the other way round.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Runtime } from '../runtime/runtime';
import type { NodeNetwork } from './node-network';

/** Image of the container that holds a pod's namespaces; `run.sh images build` makes it. */
const PAUSE_IMAGE = 'minik8s/pause:1';

export interface NodeParts {
  readonly runtime: Runtime;
  readonly network: NodeNetwork;
}

export async function openNode(settings: Settings, log: Logger): Promise<NodeParts> {
  return settings.runtime === 'docker' ? openDockerNode(settings, log) : openSimulatedNode(settings);
}

async function openDockerNode(settings: Settings, log: Logger): Promise<NodeParts> {
  const { createBridgeNetwork } = await import('../network/bridge-network');
  const { createDockerRuntime } = await import('../runtime/docker-runtime');
  const network = await createBridgeNetwork({
    bridgeName: settings.bridgeName,
    stateDirectory: join(settings.home, 'network', settings.nodeName),
    clusterCidr: settings.podCidr,
    serviceCidr: settings.serviceCidrs[0] ?? '',
    chainPrefix: settings.chainPrefix,
    log,
  });
  const runtime = await createDockerRuntime({
    socketPath: settings.dockerSocket,
    clusterId: settings.home,
    nodeName: settings.nodeName,
    network,
    pauseImage: PAUSE_IMAGE,
    log,
  });
  return { runtime, network };
}

async function openSimulatedNode(settings: Settings): Promise<NodeParts> {
  const { createSimulatedNetwork } = await import('../network/simulated-network');
  const { createSimulatedRuntime } = await import('../runtime/simulated-runtime');
  const network = createSimulatedNetwork();
  // A file per node keeps "running" containers over a restart of the kubelet, as Docker would.
  const directory = join(settings.home, 'simulated');
  mkdirSync(directory, { recursive: true });
  const runtime = createSimulatedRuntime({ network, stateFile: join(directory, `${settings.nodeName}.json`) });
  return { runtime, network };
}
