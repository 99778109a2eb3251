/**
 * The overlay's loop: Nodes in, routes in the kernel out, and this node's own end told in its Node's annotations.
 *
 * A change of any Node computes the whole plan; when it is another one than was applied last, the kernel is asked and the
 * difference written. A slow check repairs what somebody else took away. Stopped, everything stays: pods go on talking.
 */
import type { Node } from '../../../helper/api/core/node';
import { nodeResource } from '../../../helper/api/core/node';
import type { ApiClient } from '../../../helper/client/client';
import type { Informer } from '../../../helper/client/informer';
import type { Logger } from '../../../helper/process/component';
import { runOnHost } from '../host-command';
import { differences, type OverlayCommands, type OverlayState } from './differences';
import { askKernel } from './kernel-state';
import { annotationsOf } from './node-annotations';
import { deviceName, EMPTY_OVERLAY, type OverlayOptions, planOverlay, vtepMacOf } from './plan-overlay';

/** Changes within this time share one look at the kernel. */
const GATHER_MS = 20;
const RETRY_MS = 1000;
const REPAIR_MS = 30_000;

/** The edge to the kernel; a test has another. */
export interface OverlayKernel {
  state(): Promise<OverlayState>;
  apply(commands: OverlayCommands): Promise<void>;
}

export interface OverlayDependencies {
  readonly client: Pick<ApiClient, 'patch'>;
  readonly nodes: Informer<Node>;
  readonly kernel: OverlayKernel;
  readonly options: OverlayOptions;
  readonly log: Logger;
}

/** iproute2 on this machine. A line that fails does not keep the others from being run. */
export function hostKernel(vni: number, clusterCidr: string): OverlayKernel {
  const batch = async (program: string, lines: readonly string[]) => {
    if (lines.length > 0) await runOnHost(program, ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
  };
  return {
    state: () => askKernel(deviceName(vni), clusterCidr),
    async apply({ ip, bridge }) {
      await batch('ip', ip);
      await batch('bridge', bridge);
    },
  };
}

/** Removes everything of the overlay from this machine. Idempotent. */
export async function removeOverlay(kernel: OverlayKernel): Promise<void> {
  await kernel.apply(differences(await kernel.state(), EMPTY_OVERLAY));
}

export class Overlay {
  private applied = '';
  private timer: NodeJS.Timeout | undefined;
  private repair: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;
  private problem: string | undefined = 'the first sync has not happened';

  constructor(private readonly deps: OverlayDependencies) {}

  /** Call when the informer has synced: half the nodes would be half the routes. */
  start(): void {
    this.deps.nodes.addHandler({ onChange: () => this.schedule(GATHER_MS) });
    this.repair = setInterval(() => {
      this.applied = '';
      this.schedule(0);
    }, REPAIR_MS).unref();
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearInterval(this.repair);
    await this.running;
  }

  /** Why the other nodes' pods may be out of reach; undefined when all is in place. */
  notReadyReason(): string | undefined {
    return this.problem;
  }

  private schedule(afterMs: number): void {
    if (this.isStopped || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.running) return this.schedule(GATHER_MS);
      this.running = this.sync().finally(() => {
        this.running = undefined;
      });
    }, afterMs);
  }

  private async sync(): Promise<void> {
    const { nodes, kernel, options, log } = this.deps;
    try {
      await this.announce();
      const wanted = planOverlay(nodes.list(), options);
      const text = JSON.stringify(wanted);
      if (text === this.applied) return;
      const commands = differences(await kernel.state(), wanted);
      const count = commands.ip.length + commands.bridge.length;
      if (count > 0) {
        await kernel.apply(commands);
        log.info({ nodes: wanted.routes.length, lines: count }, 'overlay applied');
      }
      this.applied = text;
      this.problem = undefined;
    } catch (error) {
      this.applied = '';
      this.problem = (error as Error).message;
      log.error({ error: this.problem }, 'overlay could not be applied; trying again');
      this.schedule(RETRY_MS);
    }
  }

  /** Tells the others of our end, unless the Node says it already. */
  private async announce(): Promise<void> {
    const { client, nodes, options } = this.deps;
    const { nodeName, nodeIp: publicIp, backend, vni } = options;
    const node = nodes.get('', nodeName);
    if (!node) return;
    const mac = backend === 'vxlan' ? { mac: vtepMacOf(nodeName, vni) } : {};
    const annotations = annotationsOf({ backend, publicIp, ...mac }, vni);
    const current = node.metadata.annotations ?? {};
    if (Object.entries(annotations).every(([key, value]) => current[key] === value)) return;
    // Where the kubelet's status goes: this identity may write nothing else of a Node.
    await client.patch(nodeResource, '', nodeName, 'merge', { metadata: { annotations } }, { subresource: 'status' });
  }
}
