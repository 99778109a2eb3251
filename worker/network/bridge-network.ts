/**
 * The node's pod network: a bridge, a veth pair per pod, addresses from the node's range.
 *
 * The texts of all commands come from pure functions beside this file (`node-bridge`, `pod-interface`, `node-rules`,
 * `local-routes`); here they are run, one at a time where they touch shared things, and what was given out is remembered
 * (`attachment-store`). Idempotent throughout: a restarted kubelet calls everything again.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { Logger } from '../../helper/process/component';
import type { HostPortMapping, PodIdentity } from '../runtime/runtime';
import { halvesOf, nextFreeAddress } from './address-pool';
import { type Attachment, AttachmentStore } from './attachment-store';
import { type Bandwidth, renderBandwidth, shaperOf } from './bandwidth';
import { runOnHost } from './host-command';
import { hostEndOf } from './host-end';
import { hostAddresses, hostNetworkIn, renderLocalRoutesRemoval } from './local-routes';
import { renderBridge, sysctlsOf } from './node-bridge';
import { type NodeRulesPlan, renderNodeRules, renderNodeRulesRemoval } from './node-rules';
import { hostInterfaceOf, renderAttach } from './pod-interface';
import type { CniNetwork, PodNetwork } from './pod-network';

const RESTORE_ARGS = ['--noflush', '-w', '10'];

export interface BridgeNetworkOptions {
  readonly bridgeName: string;
  /** where addresses given out are remembered, e.g. `$home/network/<node>` */
  readonly stateDirectory: string;
  /** range of all pods of the cluster, e.g. 10.244.0.0/16 */
  readonly clusterCidr: string;
  /** range Service addresses are allocated from, e.g. 10.96.0.0/12 */
  readonly serviceCidr: string;
  /** prefix of iptables chains */
  readonly chainPrefix: string;
  readonly log: Logger;
  /** CNI plugins give out the upper half of the node's range, to pods that are adopted */
  readonly isShared?: boolean;
  /** of pods: that of the link between nodes, less room for the overlay */
  readonly mtu: number;
}

export interface BridgeNetwork extends PodNetwork, CniNetwork {
  /** The node's range (`spec.podCIDR`): gives the bridge its address; from then on pods can be attached. Idempotent. */
  setPodCidr(cidr: string): Promise<void>;
  /** Frees what pods that are gone still hold, and puts back rules someone removed. */
  reconcile(livePodUids: ReadonlySet<string>): Promise<void>;
  /** Removes bridge, routes, chains and memory: the machine is as it was. */
  teardown(): Promise<void>;
}

/** Makes the bridge and the local routes at once. Throws when a range would cut off a network of this host. */
export async function createBridgeNetwork(options: BridgeNetworkOptions): Promise<BridgeNetwork> {
  for (const range of [options.clusterCidr, options.serviceCidr]) {
    const clash = hostNetworkIn(range, hostAddresses());
    if (clash) {
      throw new Error(
        `the cluster's range ${range} overlaps ${clash.cidr} of this host's interface ${clash.interface}; choose another range`,
      );
    }
  }
  const network = new NodeNetwork(options);
  await network.prepare();
  return network;
}

/** Takes back what a network with these options has made, whether or not it could be made again now. Idempotent. */
export async function removeBridgeNetwork(options: BridgeNetworkOptions): Promise<void> {
  await new NodeNetwork(options).teardown();
}

class NodeNetwork implements BridgeNetwork {
  private readonly store: AttachmentStore;
  private readonly mtu: number;
  private readonly ownNamespace = readlinkSync('/proc/self/ns/net');
  private podCidr: string | undefined;
  /** tail of the queue of work on shared things: rules and the bridge */
  private queue: Promise<unknown> = Promise.resolve();
  /** attaches and detaches of one pod follow each other */
  private readonly podQueues = new Map<string, Promise<unknown>>();

  constructor(private readonly options: BridgeNetworkOptions) {
    this.store = new AttachmentStore(options.stateDirectory);
    this.mtu = options.mtu;
    this.podCidr = this.store.state.podCidr;
  }

  async prepare(): Promise<void> {
    await this.inTurn(async () => {
      await this.applyBridge(false);
      await this.applyRules();
    });
  }

  notReadyReason(): string | undefined {
    return this.podCidr === undefined ? 'the node has no pod range (spec.podCIDR) yet' : undefined;
  }

  async setPodCidr(cidr: string): Promise<void> {
    if (cidr === this.podCidr && existsSync(`/sys/class/net/${this.options.bridgeName}`)) return;
    await this.inTurn(async () => {
      const rangeChanged = this.podCidr !== undefined && this.podCidr !== cidr;
      this.podCidr = cidr;
      await this.applyBridge(rangeChanged);
      this.store.saveState({ podCidr: cidr });
    });
    this.options.log.info({ podCidr: cidr, bridge: this.options.bridgeName }, 'pod network is ready');
  }

  ipOf(podUid: string): string | undefined {
    return this.store.get(podUid)?.ip;
  }

  attach(
    pod: PodIdentity,
    pid: number,
    hostPorts: readonly HostPortMapping[],
    bandwidth?: Bandwidth,
  ): Promise<{ ip: string }> {
    return this.inTurnOfPod(pod.uid, async () => {
      const namespaceId = readlinkSync(`/proc/${pid}/ns/net`);
      // A process id may be someone else's by now; the host's own namespace must never be given a pod's interface.
      if (namespaceId === this.ownNamespace) throw new Error(`process ${pid} is in the host's network namespace`);
      const known = this.store.get(pod.uid);
      if (known && known.namespaceId === namespaceId && isPresent(known.hostInterface)) return { ip: known.ip };
      if (known) await this.release(known);
      const ip = await this.connect(pod, pid, namespaceId, hostPorts);
      if (bandwidth) await this.shape(pod, bandwidth);
      return { ip };
    });
  }

  adopt(
    pod: PodIdentity,
    { ip, pid }: { readonly ip: string; readonly pid: number },
    hostPorts: readonly HostPortMapping[],
    bandwidth?: Bandwidth,
  ): Promise<void> {
    return this.inTurnOfPod(pod.uid, async () => {
      this.refuseTakenPorts(pod, hostPorts);
      this.refuseTakenAddress(pod, ip);
      const hostInterface = await hostEndOf(pid);
      const namespaceId = readlinkSync(`/proc/${pid}/ns/net`);
      this.store.put({ pod, ip, hostInterface, namespaceId, hostPorts });
      if (hostPorts.length > 0) await this.inTurn(() => this.applyRules());
      if (bandwidth) await this.shape(pod, bandwidth);
    });
  }

  detach(podUid: string): Promise<void> {
    return this.inTurnOfPod(podUid, async () => {
      const attachment = this.store.get(podUid);
      if (attachment) await this.release(attachment);
    });
  }

  async reconcile(livePodUids: ReadonlySet<string>): Promise<void> {
    const leaked = this.store.all().filter((attachment) => !livePodUids.has(attachment.pod.uid));
    for (const { pod, ip } of leaked) {
      this.options.log.info(
        { pod: `${pod.namespace}/${pod.name}`, ip },
        'reclaiming the address of a pod that is gone',
      );
      await this.detach(pod.uid);
    }
    await this.prepare();
  }

  async teardown(): Promise<void> {
    for (const attachment of this.store.all()) await this.detach(attachment.pod.uid);
    await this.inTurn(async () => {
      const { bridgeName, chainPrefix } = this.options;
      const removal = renderNodeRulesRemoval(chainPrefix, await runOnHost('iptables-save', []));
      if (removal !== '') await runOnHost('iptables-restore', RESTORE_ARGS, removal);
      const lines = [
        ...renderLocalRoutesRemoval(this.options),
        ...(isPresent(bridgeName) ? [`link del ${bridgeName}`] : []),
      ];
      // -force goes on after a line that fails (a route that is gone already) and exits 1 for it.
      await runOnHost('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`).catch((error: Error) =>
        this.options.log.debug({ error: error.message }, 'part of the network was gone already'),
      );
      this.restoreSysctls();
      this.store.clear();
      this.podCidr = undefined;
    });
  }

  private async connect(
    pod: PodIdentity,
    pid: number,
    namespaceId: string,
    hostPorts: readonly HostPortMapping[],
  ): Promise<string> {
    const podCidr = this.podCidr;
    if (podCidr === undefined) throw new Error('the node has no pod range (spec.podCIDR) yet');
    this.refuseTakenPorts(pod, hostPorts);
    const range = this.options.isShared ? halvesOf(podCidr).ours : podCidr;
    const ip = nextFreeAddress(range, this.store.usedAddresses(), this.store.state.lastAddress);
    if (ip === undefined) throw new Error(`every address of the node's pod range ${podCidr} is in use`);
    const hostInterface = hostInterfaceOf(this.options.bridgeName, pod.uid);
    const attachment: Attachment = { pod, ip, hostInterface, namespaceId, hostPorts };
    this.store.put(attachment);
    this.store.saveState({ lastAddress: ip });
    try {
      if (isPresent(hostInterface)) await this.removeInterface(hostInterface);
      const plan = { bridgeName: this.options.bridgeName, podCidr, mtu: this.mtu, hostInterface, pid, ip };
      await runOnHost('sh', ['-c', renderAttach(plan)]);
      if (hostPorts.length > 0) await this.inTurn(() => this.applyRules());
    } catch (error) {
      await this.release(attachment).catch(() => {});
      throw error;
    }
    return ip;
  }

  /** A pod whose traffic cannot be held back as asked is not connected at all. */
  private async shape({ uid }: PodIdentity, bandwidth: Bandwidth): Promise<void> {
    const attachment = this.store.get(uid);
    if (!attachment) return;
    try {
      if (attachment.hostInterface === '') throw new Error("the pod's interface has no end on this host to limit");
      await runOnHost('sh', ['-ec', renderBandwidth(attachment.hostInterface, bandwidth)]);
    } catch (error) {
      await this.release(attachment).catch(() => {});
      throw error;
    }
  }

  private refuseTakenPorts(pod: PodIdentity, wanted: readonly HostPortMapping[]): void {
    for (const port of wanted) {
      const owner = this.store
        .all()
        .find((other) => other.pod.uid !== pod.uid && other.hostPorts.some((taken) => collides(port, taken)));
      if (owner) {
        const name = `${owner.pod.namespace}/${owner.pod.name}`;
        throw new Error(`host port ${port.hostPort}/${port.protocol} is in use by pod ${name}`);
      }
    }
  }

  /** The plugins do not know what was given out before they shared the range. */
  private refuseTakenAddress({ uid }: PodIdentity, ip: string): void {
    const owner = this.store.all().find((other) => other.ip === ip && other.pod.uid !== uid)?.pod;
    if (owner) throw new Error(`address ${ip} is in use by pod ${owner.namespace}/${owner.name}`);
  }

  private async release(attachment: Attachment): Promise<void> {
    if (isPresent(attachment.hostInterface)) await this.removeInterface(attachment.hostInterface);
    const shaper = shaperOf(attachment.hostInterface);
    if (isPresent(shaper)) await this.removeInterface(shaper);
    // Last: only an address that nothing uses any more may be given out again.
    this.store.remove(attachment.pod.uid);
    if (attachment.hostPorts.length > 0) await this.inTurn(() => this.applyRules());
  }

  private async removeInterface(name: string): Promise<void> {
    try {
      await runOnHost('ip', ['link', 'del', name]);
    } catch (error) {
      // The pair also goes away when the pod's namespace does, perhaps a moment before us.
      if (isPresent(name)) throw error;
    }
  }

  private async applyBridge(rangeChanged: boolean): Promise<void> {
    const { bridgeName } = this.options;
    const exists = isPresent(bridgeName);
    const lines = renderBridge({ ...this.options, exists, mtu: this.mtu, podCidr: this.podCidr, rangeChanged });
    await runOnHost('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
    this.applySysctls();
  }

  private async applyRules(): Promise<void> {
    const plan: NodeRulesPlan = this.options;
    const saved = await runOnHost('iptables-save', []);
    await runOnHost('iptables-restore', RESTORE_ARGS, renderNodeRules(plan, this.store.all(), saved));
  }

  private applySysctls(): void {
    const { host, bridge } = sysctlsOf(this.options.bridgeName);
    const before: Record<string, string> = { ...this.store.state.sysctlsBefore };
    for (const [name, value] of Object.entries({ ...host, ...bridge })) {
      const current = readSysctl(name);
      if (current === undefined || current === value) continue;
      if (name in host) before[name] ??= current;
      writeFileSync(`/proc/sys/${name}`, value);
    }
    if (Object.keys(before).length > 0) this.store.saveState({ sysctlsBefore: before });
  }

  /** Left alone where Docker's own bridge exists: it needs the same settings. */
  private restoreSysctls(): void {
    if (isPresent('docker0')) return;
    for (const [name, value] of Object.entries(this.store.state.sysctlsBefore ?? {})) {
      if (readSysctl(name) !== undefined) writeFileSync(`/proc/sys/${name}`, value);
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => {});
    return result;
  }

  private inTurnOfPod<T>(podUid: string, work: () => Promise<T>): Promise<T> {
    const result = (this.podQueues.get(podUid) ?? Promise.resolve()).then(work);
    const tail = result
      .catch(() => {})
      .then(() => {
        if (this.podQueues.get(podUid) === tail) this.podQueues.delete(podUid);
      });
    this.podQueues.set(podUid, tail);
    return result;
  }
}

function isPresent(interfaceName: string): boolean {
  return interfaceName !== '' && existsSync(`/sys/class/net/${interfaceName}`);
}

function readSysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function collides(a: HostPortMapping, b: HostPortMapping): boolean {
  const isAny = (ip: string | undefined) => ip === undefined || ip === '' || ip === '0.0.0.0';
  const sameAddress = isAny(a.hostIp) || isAny(b.hostIp) || a.hostIp === b.hostIp;
  return a.hostPort === b.hostPort && a.protocol === b.protocol && sameAddress;
}
