/**
 * Keeps this host's Node object true: registers it, configures the pod network from its podCIDR, posts its status.
 *
 * Everything that can make the node ready pushes a status at once; the timer is only there for slow facts (free memory,
 * images, a runtime that stopped answering). A status equal but for its heartbeat is sent every five minutes.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-status
 */
import type { ContainerImage, NodeStatus } from 'kubernetes-types/core/v1';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { isConflict, isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import type { Informer } from '../../helper/client/informer';
import { startInformer } from '../../helper/client/start-informer';
import type { Logger } from '../../helper/process/component';
import type { Runtime } from '../runtime/runtime';
import type { KubeletConfiguration } from './config/kubelet-configuration';
import { type HostFacts, readHostFacts } from './host-facts';
import { startNodeLease } from './node-lease';
import type { NodeNetwork } from './node-network';
import { comparableStatus, computeNodeStatus } from './node-status';
import { registerNode } from './register-node';

const CHECK_MS = 10_000;
const FULL_REPORT_MS = 300_000;
const RUNTIME_TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 7000;
/** of one image in the node's status */
const MAX_IMAGE_NAMES = 5;

export interface NodeAgentOptions {
  readonly client: ApiClient;
  readonly runtime: Runtime;
  readonly network: NodeNetwork;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly home: string;
  readonly configuration: KubeletConfiguration;
  /** how long the node may be silent: its lease's duration */
  readonly graceSeconds: number;
  readonly log: Logger;
  /** Looks for pressure on the node, and does something about it; the conditions it has now. */
  pressures(host: HostFacts): ReadonlySet<string>;
  /** why the node takes no pods although nothing is wrong with it; undefined: it takes them */
  shutdownReason(): string | undefined;
  /** the node became able to run pods, or lost that ability */
  onReadyChange(isReady: boolean): void;
}

export class NodeAgent {
  private node: Node | undefined;
  private informer: Informer<Node> | undefined;
  private stopLease: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private posting: Promise<void> | undefined;
  private isWanted = false;
  private isStopped = false;
  private runtimeVersion: string | undefined;
  private imageDirectory: string | undefined;
  private runtimeProblem: string | undefined = 'container runtime status check may not have completed yet';
  private networkProblem: string | undefined;
  private images: readonly ContainerImage[] = [];
  private pressures: ReadonlySet<string> = new Set();
  private lastSent = '';
  private lastSentAt = 0;
  private wasReady = false;

  constructor(
    private readonly options: NodeAgentOptions,
    private host: HostFacts,
  ) {}

  /** Registers, with retries for as long as it takes, and keeps the Node current from then on. */
  async start(): Promise<void> {
    await this.checkRuntime();
    let retryMs = FIRST_RETRY_MS;
    while (!this.node && !this.isStopped) {
      try {
        this.node = await registerNode(this.options.client, { ...this.registration(), status: this.status() });
      } catch (error) {
        this.options.log.warn({ error: String(error), retryMs }, 'node not registered, trying again');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
    if (!this.node || this.isStopped) return;
    const { client, log, nodeName, graceSeconds } = this.options;
    this.stopLease = startNodeLease(client, this.node, graceSeconds, log);
    this.informer = startInformer(client, nodeResource, { fieldSelector: `metadata.name=${nodeName}` }, log);
    this.informer.addHandler({ onChange: (_, after) => void this.onNodeChange(after) });
    await this.onNodeChange(this.node);
    this.timer = setInterval(() => void this.check(), CHECK_MS).unref();
    void this.listImages();
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
    this.stopLease?.();
    this.informer?.stop();
  }

  /** Why no pod can run here now; empty = ready. */
  problems(): string[] {
    const network = this.networkProblem ?? this.options.network.notReadyReason();
    const networkText =
      network &&
      `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${network}`;
    return [this.runtimeProblem, networkText, this.options.shutdownReason()].filter((text) => text !== undefined);
  }

  /** The machine as it is now. */
  measure(): Promise<HostFacts> {
    return readHostFacts(this.options.home, this.imageDirectory);
  }

  /** Something the status tells of has changed. */
  reportSoon(): void {
    this.post();
  }

  /** The Node as last seen or written; undefined before it is registered. */
  current(): Node | undefined {
    return this.node;
  }

  allocatable(): Readonly<Record<string, string>> {
    return this.node?.status?.allocatable ?? this.status().allocatable ?? {};
  }

  private registration() {
    const { nodeName } = this.options;
    const { architecture, operatingSystem } = this.host;
    return { nodeName, architecture, operatingSystem };
  }

  private async onNodeChange(node: Node | undefined): Promise<void> {
    if (!node) {
      // Deleted by someone: a kubelet that lives registers its node again.
      this.lastSent = '';
      if (!this.isStopped)
        this.node = await registerNode(this.options.client, { ...this.registration(), status: this.status() });
      return;
    }
    if (!this.node || isNewer(node, this.node)) this.node = node;
    const cidr = node.spec?.podCIDR;
    if (cidr) {
      try {
        await this.options.network.setPodCidr(cidr);
        this.networkProblem = undefined;
      } catch (error) {
        this.networkProblem = error instanceof Error ? error.message : String(error);
        this.options.log.error({ error: this.networkProblem, cidr }, 'pod network not configured');
      }
    }
    this.post();
  }

  private async check(): Promise<void> {
    this.host = await this.measure();
    this.pressures = this.options.pressures(this.host);
    await this.checkRuntime();
    if (this.runtimeProblem === undefined) await this.listImages();
    this.post();
  }

  private async checkRuntime(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${RUNTIME_TIMEOUT_MS / 1000}s`)), RUNTIME_TIMEOUT_MS);
    });
    try {
      const { name, version, imageDirectory } = await Promise.race([this.options.runtime.info(), timeout]);
      this.imageDirectory = imageDirectory;
      this.runtimeVersion = `${name}://${version}`;
      this.runtimeProblem = undefined;
    } catch (error) {
      this.runtimeProblem = `container runtime is down: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }

  private async listImages(): Promise<void> {
    const images = await this.options.runtime.listImages().catch(() => []);
    this.images = images
      .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, MAX_IMAGE_NAMES), sizeBytes }))
      .filter(({ names }) => names.length > 0)
      .sort((a, b) => b.sizeBytes - a.sizeBytes);
  }

  private status(): NodeStatus {
    const { nodeName, nodeIp, kubeletPort, configuration } = this.options;
    const { host, runtimeVersion, images, pressures } = this;
    const place = { nodeName, nodeIp, kubeletPort, configuration };
    const facts = { ...place, host, pressures, runtimeVersion, images, notReady: this.problems() };
    return computeNodeStatus(facts, this.node?.status, new Date());
  }

  /** Posts the status soon, once, however often it is asked for. */
  private post(): void {
    const isReady = this.problems().length === 0;
    if (isReady !== this.wasReady) this.options.onReadyChange(isReady);
    this.wasReady = isReady;
    this.isWanted = true;
    this.posting ??= this.postWhileWanted().finally(() => {
      this.posting = undefined;
    });
  }

  private async postWhileWanted(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (this.isWanted && this.node && !this.isStopped) {
      this.isWanted = false;
      const status = this.status();
      const text = comparableStatus(status);
      if (text === this.lastSent && Date.now() - this.lastSentAt < FULL_REPORT_MS) continue;
      try {
        this.node = await this.options.client.updateStatus(nodeResource, { ...this.node, status });
        this.lastSent = text;
        this.lastSentAt = Date.now();
      } catch (error) {
        this.isWanted = true;
        if (isConflict(error) || isNotFound(error)) {
          const fresh = await this.options.client.get(nodeResource, '', this.options.nodeName).catch(() => undefined);
          if (fresh) this.node = fresh;
          if (fresh) continue;
        }
        this.options.log.warn({ error: String(error), retryMs }, 'node status not posted, trying again');
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
  }
}

function isNewer(a: Node, b: Node): boolean {
  return BigInt(a.metadata.resourceVersion ?? '0') > BigInt(b.metadata.resourceVersion ?? '0');
}
