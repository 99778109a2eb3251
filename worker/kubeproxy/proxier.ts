/**
 * The proxy's loop: Services and EndpointSlices in, rules in the kernel out.
 *
 * Every change marks its Service dirty; a sync renders the rules of dirty Services again and sends how they differ from those
 * before. The first sync, and one after a failure, writes everything over what the kernel holds. A slow check notices when somebody
 * flushed the tables (the canary chain is gone) and applies everything anew.
 */

import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';
import { objectKey } from '../../helper/api/meta';
import type { Informer } from '../../helper/client/informer';
import type { Logger } from '../../helper/process/component';
import { changeInputs, type RuleChange } from './change-inputs';
import type { HealthCheckPorts } from './health-check-ports';
import type { Iptables } from './iptables';
import { EMPTY_TABLES, ownChains, removalInputs, restoreInputs } from './restore-input';
import { assembleRules, type Tables } from './rules';
import { type ProxyNode, SERVICE_NAME_LABEL, type ServicePort, servicePorts } from './service-ports';
import { type PortRules, type RuleOptions, renderPortRules } from './service-rules';
import { staleFlows } from './stale-flows';

/**
 * Changes within this time share a sync: a rollout changes many endpoints in a row. Where Services come by the hundred, each sync would
 * start iptables for a few of them; then we wait several times as long as the last one took, so that others get something done too.
 */
const GATHER_MS = 5;
const LONGEST_GATHER_MS = 300;
/** More Services than this in one sync are a flood. */
const FLOOD = 8;
const FLOOD_GATHER_FACTOR = 3;
const RETRY_MS = 1000;
const CANARY_CHECK_MS = 30_000;

export interface ServiceRoutes {
  /** Cluster addresses outside the allocated range get a local route while their Service exists. False: not possible yet. */
  setAddresses(addresses: ReadonlySet<string>): Promise<boolean>;
}

export interface ProxierDependencies {
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly iptables: Iptables;
  readonly routes: ServiceRoutes;
  readonly healthChecks: HealthCheckPorts;
  readonly nodeName: string;
  readonly rules: RuleOptions;
  /** where node ports answer; undefined: on all addresses of the host */
  readonly nodePortAddresses?: () => readonly string[] | undefined;
  /** hears all Services' ports after each sync that succeeded */
  readonly onSynced?: (ports: readonly ServicePort[]) => Promise<void>;
  readonly log: Logger;
}

/** One Service as it was rendered last. */
interface Rendered {
  readonly ports: readonly ServicePort[];
  readonly rules: readonly PortRules[];
}

export class Proxier {
  private readonly rendered = new Map<string, Rendered>();
  /** UDP flows to forget once the rules are in place */
  private stale: string[][] = [];
  private node: ProxyNode;
  private readonly slicesOf = new Map<string, Map<string, EndpointSlice>>();
  private readonly dirty = new Set<string>();
  /** what the kernel holds of ours; undefined: exactly the rules rendered last */
  private found: Tables | undefined = EMPTY_TABLES;
  /** where node ports answer, as the rules have it */
  private nodePortAddresses = '';
  /** routes, health checks and held addresses are still those of Services as they were */
  private isOutdated = true;
  private timer: NodeJS.Timeout | undefined;
  private canary: NodeJS.Timeout | undefined;
  private syncing: Promise<void> | undefined;
  private gatherMs = GATHER_MS;
  private started = false;
  private stopped = false;
  private lastError: string | undefined = 'the first sync has not happened';

  constructor(private readonly deps: ProxierDependencies) {
    this.node = { name: deps.nodeName };
    deps.services.addHandler({ onChange: (before, after) => this.markDirty(before ?? after) });
    deps.slices.addHandler({ onChange: (before, after) => this.onSlice(before, after) });
  }

  /** Call when both informers have synced: rules from half the state would cut connections. */
  async start(): Promise<void> {
    this.started = true;
    this.canary = setInterval(() => void this.checkCanary(), CANARY_CHECK_MS);
    await this.readFound();
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.canary);
    this.deps.healthChecks.stop();
    await this.syncing;
  }

  /** Why the rules are not those of the cluster's present state; undefined when they are. */
  notReadyReason(): string | undefined {
    return this.lastError;
  }

  /** The zone of this node decides which endpoints hints are meant for us. */
  setZone(zone: string | undefined): void {
    if (zone === this.node.zone) return;
    this.node = { name: this.deps.nodeName, zone };
    for (const key of this.rendered.keys()) this.dirty.add(key);
    this.schedule(this.gatherMs);
  }

  private onSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    for (const slice of [before, after]) {
      const service = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
      if (!slice || !service) continue;
      const key = `${slice.metadata.namespace}/${service}`;
      const slices = this.slicesOf.get(key) ?? new Map<string, EndpointSlice>();
      if (slice === after) slices.set(slice.metadata.name, slice);
      else slices.delete(slice.metadata.name);
      if (slices.size > 0) this.slicesOf.set(key, slices);
      else this.slicesOf.delete(key);
      this.dirty.add(key);
    }
    this.schedule(this.gatherMs);
  }

  private markDirty(service: Service | undefined): void {
    if (!service) return;
    this.dirty.add(objectKey(service));
    this.schedule(this.gatherMs);
  }

  private schedule(delayMs: number): void {
    if (!this.started || this.stopped || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.syncing) {
        this.schedule(GATHER_MS);
        return;
      }
      this.syncing = this.sync().finally(() => {
        this.syncing = undefined;
      });
    }, delayMs);
  }

  private refreshDirty(): RuleChange[] {
    const changes: RuleChange[] = [];
    for (const key of this.dirty) {
      const [namespace = '', name = ''] = key.split('/');
      const service = this.deps.services.get(namespace, name);
      const slices = [...(this.slicesOf.get(key)?.values() ?? [])];
      const ports = service ? servicePorts(service, slices, this.node) : [];
      const before = this.rendered.get(key);
      this.stale.push(...staleFlows(before?.ports ?? [], ports));
      if (outsideOf(before?.ports ?? []) !== outsideOf(ports)) this.isOutdated = true;
      const rules = ports.map((port) => renderPortRules(port, this.deps.rules));
      changes.push({ before: before?.rules ?? [], after: rules });
      if (ports.length > 0) this.rendered.set(key, { ports, rules });
      else this.rendered.delete(key);
    }
    this.dirty.clear();
    return changes;
  }

  private async sync(): Promise<void> {
    const began = performance.now();
    const isFlood = this.dirty.size > FLOOD;
    const changes = this.refreshDirty();
    try {
      const inputs = await this.inputsFor(changes);
      for (const input of inputs) await this.deps.iptables.restore(input);
      if (this.found) await this.deps.iptables.ensureHooks(this.deps.rules.prefix);
      if (inputs.length > 0) {
        const ms = Math.round((performance.now() - began) * 10) / 10;
        const lines = inputs.reduce((sum, input) => sum + input.split('\n').length, 0);
        this.deps.log.info({ services: this.rendered.size, lines, ms }, 'rules applied');
      }
      this.found = undefined;
      this.lastError = undefined;
      await this.afterRules();
      const longMs = Math.min(LONGEST_GATHER_MS, FLOOD_GATHER_FACTOR * (performance.now() - began));
      this.gatherMs = isFlood ? Math.max(GATHER_MS, longMs) : GATHER_MS;
    } catch (error) {
      this.lastError = (error as Error).message;
      this.deps.log.error({ error: this.lastError }, 'rules could not be applied; trying again');
      // What got through is not known; rules that are not known are written over.
      this.found = EMPTY_TABLES;
      await this.readFound().catch(() => {});
      this.schedule(RETRY_MS);
    }
  }

  /** All rules where it is not known what the kernel holds, or the jump to the node ports is another one; else the changes. */
  private async inputsFor(changes: readonly RuleChange[]): Promise<string[]> {
    const addresses = this.deps.nodePortAddresses?.();
    const text = addresses?.join() ?? 'all';
    if (this.found === undefined && text !== this.nodePortAddresses) await this.readFound();
    this.nodePortAddresses = text;
    if (this.found === undefined) return changeInputs(changes, this.deps.rules.prefix);
    const rules = [...this.rendered.values()].flatMap((entry) => entry.rules);
    return restoreInputs(this.found, assembleRules(rules, this.deps.rules.prefix, addresses));
  }

  /** What follows the rules: routes, so that what reaches an address is translated from the first packet on, and old flows. */
  private async afterRules(): Promise<void> {
    if (this.isOutdated) {
      const ports = [...this.rendered.values()].flatMap((entry) => entry.ports);
      const addresses = ports.flatMap((port) => [port.clusterIp, ...port.loadBalancerIps]);
      const routed = await this.deps.routes.setAddresses(new Set(addresses));
      if (!routed) this.schedule(RETRY_MS);
      this.deps.healthChecks.set(ports);
      await this.deps.onSynced?.(ports);
      this.isOutdated = !routed;
    }
    const stale = this.stale;
    this.stale = [];
    await this.deps.iptables.forgetFlows(stale);
  }

  /** Starts from what the kernel holds, so that chains of Services deleted meanwhile go and no rule is missing in between. */
  private async readFound(): Promise<void> {
    this.found = ownChains(await this.deps.iptables.save(), this.deps.rules.prefix);
  }

  private async checkCanary(): Promise<void> {
    const saved = await this.deps.iptables.save().catch(() => undefined);
    if (saved === undefined || saved.includes(`:${this.deps.rules.prefix}-PROXY-CANARY `)) return;
    this.deps.log.warn('the iptables rules were flushed by another program; applying them anew');
    await this.syncing;
    this.lastError = 'the rules were flushed';
    this.found = EMPTY_TABLES;
    this.schedule(0);
  }
}

/** What routes, health checks and held addresses follow. */
const outsideOf = (ports: readonly ServicePort[]): string =>
  JSON.stringify(
    ports.map(({ clusterIp, loadBalancerIps, endpointNodes, healthCheckNodePort, localEndpoints }) => [
      clusterIp,
      loadBalancerIps,
      endpointNodes,
      healthCheckNodePort,
      healthCheckNodePort > 0 ? localEndpoints : undefined,
    ]),
  );

/** Removes every chain, rule and jump of the proxy. */
export async function removeRules(iptables: Iptables, prefix: string): Promise<void> {
  await iptables.removeHooks(prefix);
  for (const input of removalInputs(ownChains(await iptables.save(), prefix))) await iptables.restore(input);
}
