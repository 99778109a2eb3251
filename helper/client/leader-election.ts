/**
 * Leader election: of several copies of a component, the one that holds a Lease acts.
 *
 * The holder renews its Lease every `retrySeconds`. Others take it when they have seen it unchanged for `leaseSeconds` by
 * their own clock, so clocks need not agree. A holder that could not renew for `renewSeconds` stops acting before anyone
 * else may start. Two writers are told apart by the Lease's resourceVersion: the later one gets Conflict.
 * https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Lease, leaseResource } from '../api/coordination/lease';
import { isAlreadyExists, isConflict, isNotFound } from '../api/status-error';
import { type Clock, systemClock } from '../process/clock';
import type { Logger } from '../process/component';
import type { ApiClient } from './client';

export interface ElectionOptions {
  /** name of the Lease, usually the component's */
  readonly name: string;
  /** default kube-system */
  readonly namespace?: string;
  /** stable for the life of this process and unlike any other's; default host_uuid */
  readonly identity?: string;
  readonly leaseSeconds?: number;
  readonly renewSeconds?: number;
  readonly retrySeconds?: number;
  readonly clock?: Clock;
  readonly log?: Logger;
  onStartedLeading(): void;
  /** Called once after leading, also by `stop()`. What acts must have ended when it returns. */
  onStoppedLeading(): void;
}

export interface LeaderElector {
  readonly isLeader: boolean;
  readonly identity: string;
  /** Gives the Lease back when held, so that the next one need not wait for it to run out. */
  stop(): Promise<void>;
}

/** Kubernetes' defaults. */
const DEFAULTS = { namespace: 'kube-system', leaseSeconds: 15, renewSeconds: 10, retrySeconds: 2 };

/** Begins to compete for the Lease. */
export function startLeaderElection(client: ApiClient, options: ElectionOptions): LeaderElector {
  const elector = new Elector(client, options);
  void elector.round();
  return elector;
}

class Elector implements LeaderElector {
  isLeader = false;
  readonly identity: string;
  private readonly options: ElectionOptions & typeof DEFAULTS;
  private readonly clock: Clock;
  /** the Lease as last seen, and when it was first seen like that */
  private seen: { readonly lease: Lease; readonly since: number } | undefined;
  private renewedAt = 0;
  private isStopped = false;
  private cancelTimer: () => void = () => {};
  private current: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ApiClient,
    options: ElectionOptions,
  ) {
    this.options = { ...DEFAULTS, ...options };
    this.clock = options.clock ?? systemClock;
    this.identity = options.identity ?? `${hostname()}_${randomUUID()}`;
  }

  /** One try to get or keep the Lease, and the timer for the next. */
  round(): Promise<void> {
    this.current = this.tryOnce().then(() => {
      if (!this.isStopped) {
        this.cancelTimer = this.clock.after(this.options.retrySeconds * 1000, () => void this.round());
      }
    });
    return this.current;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelTimer();
    await this.current;
    if (!this.isLeader) return;
    this.stepDown('stopping');
    await this.release().catch((error: unknown) =>
      this.options.log?.warn({ err: error }, 'the lease was not given back'),
    );
  }

  private async tryOnce(): Promise<void> {
    const startedAt = this.clock.now();
    // Renewing may hang for as long as a request may take: the deadline counts all the same.
    const cancelDeadline = this.isLeader ? this.watchDeadline() : undefined;
    try {
      const held = await this.acquireOrRenew();
      if (held && !this.isStopped) this.lead(startedAt);
      else if (this.isLeader && !held) this.stepDown('another holder took the lease');
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) this.options.log?.warn({ err: error }, 'lease not renewed');
      if (this.isLeader && this.remainingMs() <= 0) this.stepDown('the lease could not be renewed in time');
    } finally {
      cancelDeadline?.();
    }
  }

  private watchDeadline(): () => void {
    return this.clock.after(Math.max(0, this.remainingMs()), () => {
      if (this.isLeader) this.stepDown('the lease could not be renewed in time');
    });
  }

  /** Milliseconds until this holder must stop acting; negative when too late. */
  private remainingMs(): number {
    return this.renewedAt + this.options.renewSeconds * 1000 - this.clock.now();
  }

  private lead(renewedAt: number): void {
    this.renewedAt = renewedAt;
    if (this.isLeader) return;
    this.isLeader = true;
    this.options.log?.info({ lease: this.options.name, identity: this.identity }, 'leading');
    this.options.onStartedLeading();
  }

  private stepDown(why: string): void {
    this.isLeader = false;
    this.options.log?.info({ lease: this.options.name, why }, 'no longer leading');
    this.options.onStoppedLeading();
  }

  /** True when this process holds the Lease afterwards. */
  private async acquireOrRenew(): Promise<boolean> {
    const { name, namespace } = this.options;
    const found = await this.client.get(leaseResource, namespace, name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (!found) {
      this.remember(await this.client.create(leaseResource, this.claim(undefined)));
      return true;
    }
    this.remember(found);
    if (found.spec?.holderIdentity !== this.identity && !this.mayTake(found)) return false;
    this.remember(await this.client.update(leaseResource, this.claim(found)));
    return true;
  }

  private remember(lease: Lease): void {
    if (this.seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.seen = { lease, since: this.clock.now() };
  }

  /** A Lease given back has no holder; one that ran out has not changed for as long as it says. */
  private mayTake(lease: Lease): boolean {
    if (!lease.spec?.holderIdentity) return true;
    const seconds = lease.spec.leaseDurationSeconds ?? this.options.leaseSeconds;
    return this.clock.now() - (this.seen?.since ?? this.clock.now()) >= seconds * 1000;
  }

  /** The Lease as it should be with this process as its holder. */
  private claim(found: Lease | undefined): Lease {
    const { name, namespace, leaseSeconds } = this.options;
    const now = microTime(this.clock.now());
    const isRenewal = found?.spec?.holderIdentity === this.identity;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: found?.metadata ?? { name, namespace },
      spec: {
        ...found?.spec,
        holderIdentity: this.identity,
        leaseDurationSeconds: leaseSeconds,
        acquireTime: isRenewal ? (found?.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + (found && !isRenewal ? 1 : 0),
      },
    };
  }

  private async release(): Promise<void> {
    const lease = this.seen?.lease;
    if (lease?.spec?.holderIdentity !== this.identity) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.clock.now()) };
    await this.client.update(leaseResource, { ...lease, spec });
  }
}

/** Kubernetes' MicroTime: RFC 3339 with six digits. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
