/**
 * Gives Services their cluster IPs and node ports, each to one Service only.
 *
 * What is taken follows from the services themselves (a sink of their watch cache), so nothing can be lost or forgotten. Values of writes
 * that are still on their way are reserved until the cache shows them: two creates at once never get the same.
 * Kubernetes also keeps allocations as objects of their own; left out because one api-server allocates here.
 * https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
 */
import { randomInt } from 'node:crypto';
import type { ServicePort } from 'kubernetes-types/core/v1';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { hasClusterIp, hasNodePorts, needsHealthCheckPort } from '../../../helper/api/core/service-defaults';
import { type FieldError, invalid } from '../../../helper/api/field-error';
import type { KubeObject } from '../../../helper/api/meta';
import { internalError, invalidObject } from '../../../helper/api/status-error';
import type { Settings } from '../../../helper/process/settings';
import type { CachedObject } from '../watch/cached-object';
import type { CacheEvent } from '../watch/event-window';
import type { EventSink, WatchCache } from '../watch/watch-cache';
import { type AddressRange, parseRange } from './address-range';

const HEADLESS = 'None';
/** Random picks before every value is tried in turn. */
const RANDOM_TRIES = 64;
/** How long a value of a successful write stays reserved when the cache has not shown it. */
const RESERVATION_MS = 10_000;

/** Values reserved for one write. */
export class Allocation {
  private readonly values = new Set<string>();

  /** `own`: what the Service has already; it needs no reservation. */
  constructor(
    private readonly reserved: Map<string, number>,
    private readonly own: ReadonlySet<string>,
    private readonly isKnown: (value: string) => boolean,
  ) {}

  add(value: string): void {
    if (this.values.has(value)) return;
    this.values.add(value);
    this.reserved.set(value, (this.reserved.get(value) ?? 0) + 1);
  }

  owns(value: string): boolean {
    return this.own.has(value) || this.values.has(value);
  }

  /** Gives all values back. */
  release(): void {
    for (const value of this.values) {
      const count = (this.reserved.get(value) ?? 1) - 1;
      if (count > 0) this.reserved.set(value, count);
      else this.reserved.delete(value);
    }
    this.values.clear();
  }

  /** Call it when the write has been answered. When the cache has to catch up (etcd), values stay reserved for a while. */
  settle(isStored: boolean): void {
    if (!isStored || [...this.values].every((value) => this.isKnown(value))) this.release();
    else setTimeout(() => this.release(), RESERVATION_MS).unref();
  }
}

const addressesOf = ({ spec }: Service): string[] => (spec?.clusterIPs ?? []).filter((ip) => ip && ip !== HEADLESS);
/** The health check port is one of the node's too. */
const nodePortsOf = ({ spec }: Service): number[] =>
  [...(spec?.ports ?? []).map(({ nodePort }) => nodePort), spec?.healthCheckNodePort].flatMap((port) => port || []);
/** Addresses and ports cannot be mixed up: one has dots. */
const valuesOf = (service: Service) => [...addressesOf(service), ...nodePortsOf(service).map(String)];

export class ServiceAllocator implements EventSink {
  private readonly taken = new Map<string, Set<string>>();
  private readonly reserved = new Map<string, number>();
  private readonly ranges: readonly AddressRange[];

  constructor(
    private readonly services: WatchCache,
    private readonly settings: Pick<Settings, 'serviceCidrs' | 'nodePortRange'>,
  ) {
    this.ranges = settings.serviceCidrs.map(parseRange);
    this.startOver();
  }

  onEvent({ type, current, previous }: CacheEvent): void {
    if (previous) this.forget(previous);
    if (type === 'put') this.learn(current);
  }

  onReset(): void {
    // The cache fills again first; until then the old picture is better than none.
    setTimeout(() => this.startOver(), 0).unref();
  }

  /** Fills in what a Service lacks, and reserves what it asks for. Throws Invalid when that is taken or out of range. */
  allocate(object: KubeObject, old: KubeObject | undefined): Allocation {
    const own = new Set(old?.kind === serviceResource.kind ? valuesOf(old as Service) : []);
    const allocation = new Allocation(this.reserved, own, (value) => this.taken.has(value));
    if (object.kind !== serviceResource.kind) return allocation;
    const service = object as Service;
    const errors = [
      ...this.allocateAddress(service, allocation),
      ...this.allocatePorts(service, allocation),
      ...this.allocateHealthCheckPort(service, allocation),
    ];
    if (errors.length === 0) return allocation;
    allocation.release();
    throw invalidObject(serviceResource, service.metadata.name, errors);
  }

  private allocateAddress({ spec }: Service, allocation: Allocation): FieldError[] {
    if (!spec || !hasClusterIp(spec) || spec.clusterIP === HEADLESS) return [];
    const asked = spec.clusterIP;
    if (!asked) {
      const address = this.pickAddress();
      allocation.add(address);
      spec.clusterIP = address;
      spec.clusterIPs = [address];
      return [];
    }
    if (allocation.owns(asked)) return [];
    const range = this.ranges.find((candidate) => candidate.contains(asked));
    const problem = !range
      ? `provided IP is not in the valid range. The range of valid IPs is ${this.settings.serviceCidrs.join(', ')}`
      : this.isTaken(asked)
        ? 'provided IP is already allocated'
        : undefined;
    if (problem) return [invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: ${problem}`)];
    allocation.add(asked);
    return [];
  }

  private allocatePorts({ spec }: Service, allocation: Allocation): FieldError[] {
    if (!spec || !hasNodePorts(spec)) return [];
    const ports = spec.ports ?? [];
    // What is asked for comes first: a port given out at random must not take it.
    const errors = ports.flatMap((port, index) => this.claimPort(port, `spec.ports[${index}].nodePort`, allocation));
    if (errors.length > 0) return errors;
    for (const port of ports.filter(({ nodePort }) => !nodePort)) {
      port.nodePort = this.pickPort();
      allocation.add(String(port.nodePort));
    }
    return [];
  }

  private allocateHealthCheckPort({ spec }: Service, allocation: Allocation): FieldError[] {
    if (!spec || !needsHealthCheckPort(spec)) return [];
    const path = 'spec.healthCheckNodePort';
    if (spec.healthCheckNodePort) return this.claimPort({ nodePort: spec.healthCheckNodePort }, path, allocation);
    spec.healthCheckNodePort = this.pickPort();
    allocation.add(String(spec.healthCheckNodePort));
    return [];
  }

  private claimPort({ nodePort }: Pick<ServicePort, 'nodePort'>, path: string, allocation: Allocation): FieldError[] {
    if (!nodePort || allocation.owns(String(nodePort))) return [];
    const { first, last } = this.settings.nodePortRange;
    if (nodePort < first || nodePort > last) {
      const message = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      return [invalid(path, nodePort, message)];
    }
    if (this.isTaken(String(nodePort))) return [invalid(path, nodePort, 'provided port is already allocated')];
    allocation.add(String(nodePort));
    return [];
  }

  private isTaken(value: string): boolean {
    return this.reserved.has(value) || (this.taken.get(value)?.size ?? 0) > 0;
  }

  private pickAddress(): string {
    const [range] = this.ranges;
    const address = range && this.pick(range.dynamicFirst, range.last, (value) => range.addressAt(value));
    // The static part is used only when all else is taken.
    const last =
      address ?? (range && this.pick(range.first, range.dynamicFirst - 1, (value) => range.addressAt(value)));
    if (last === undefined) throw internalError(`failed to allocate a serviceIP: range is full`);
    return last;
  }

  private pickPort(): number {
    const { first, last } = this.settings.nodePortRange;
    const port = this.pick(first, last, String);
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
    return Number(port);
  }

  /** A free value between the two, both included: at random, so that a value is not used again at once. */
  private pick(first: number, last: number, text: (value: number) => string): string | undefined {
    if (last < first) return undefined;
    for (let attempt = 0; attempt < RANDOM_TRIES; attempt++) {
      const value = text(randomInt(first, last + 1));
      if (!this.isTaken(value)) return value;
    }
    for (let number = first; number <= last; number++) {
      const value = text(number);
      if (!this.isTaken(value)) return value;
    }
    return undefined;
  }

  private startOver(): void {
    if (!this.services.subscribe(this.services.revision, this)) return;
    this.taken.clear();
    for (const service of this.services.table.list('')) this.learn(service);
  }

  private learn(service: CachedObject): void {
    for (const value of valuesOf(service.object as Service)) {
      const owners = this.taken.get(value) ?? new Set();
      this.taken.set(value, owners.add(service.key));
    }
  }

  private forget(service: CachedObject): void {
    for (const value of valuesOf(service.object as Service)) {
      const owners = this.taken.get(value);
      owners?.delete(service.key);
      if (owners?.size === 0) this.taken.delete(value);
    }
  }
}
