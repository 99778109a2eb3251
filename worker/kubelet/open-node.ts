/**
 * The runtime and pod network of this node, as its settings ask: Docker on a bridge of ours, or simulated.
 *
 * Both are loaded only when chosen: a simulated node never pays for dockerode, nor the other way round.
 */
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
  return settings.runtime === 'docker' ? openDockerNode(settings, log) : openSimulatedNode(settings, log);
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

async function openSimulatedNode(settings: Settings, log: Logger): Promise<NodeParts> {
  throw new Error(`runtime "${settings.runtime}" is not there yet`);
}
