/**
 * Rollouts under chaos: random readiness, a controller that crashes between any two writes, a view that lags, and changes of
 * mind in the middle. At every instant the bounds of the strategy must hold, and it must always end.
 */
import fc from 'fast-check';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Write } from '../../../helper/controller/controller';
import { reconcileDeployment } from './reconcile';
import { boundsOf, sizeOf } from './rollout';

const now = new Date('2026-01-01T00:00:00Z');
const ROUNDS_LIMIT = 300;

interface SimulatedPod {
  readonly setName: string;
  isReady: boolean;
}

/** A cluster with one Deployment: its ReplicaSets, a ReplicaSet controller that lags, and pods that become ready some time. */
class Cluster {
  readonly sets = new Map<string, ReplicaSet>();
  /** what the Deployment controller sees: its own writes at once, those of others when it looks */
  readonly view = new Map<string, ReplicaSet>();
  pods: SimulatedPod[] = [];
  deployment: Deployment;
  private revision = 0;

  constructor(replicas: number, rollingUpdate: { maxSurge: number | string; maxUnavailable: number | string }) {
    this.deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1 },
      spec: {
        replicas,
        revisionHistoryLimit: 2,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v0' }] } },
      },
    };
    this.finish();
  }

  get bounds() {
    return { replicas: this.deployment.spec?.replicas ?? 0, ...boundsOf(this.deployment) };
  }

  setImage(image: string): void {
    const { spec } = this.deployment;
    if (!spec) return;
    const template = { ...spec.template, spec: { containers: [{ name: 'c', image }] } };
    this.changeSpec({ ...spec, template });
  }

  setReplicas(replicas: number): void {
    if (this.deployment.spec) this.changeSpec({ ...this.deployment.spec, replicas });
  }

  private changeSpec(spec: NonNullable<Deployment['spec']>): void {
    const generation = (this.deployment.metadata.generation ?? 0) + 1;
    this.deployment = { ...this.deployment, spec, metadata: { ...this.deployment.metadata, generation } };
  }

  /** The Deployment controller's view of one set catches up. */
  look(name: string): void {
    const set = this.sets.get(name);
    if (set) this.view.set(name, set);
  }

  /** The Deployment controller's turn; it dies after `survives` writes. `check` runs after each write. Returns the writes made. */
  reconcile(survives: number, check: () => void = () => {}): number {
    const plan = reconcileDeployment(this.deployment, [...this.view.values()], [], now);
    let made = 0;
    for (const write of plan.steps.flat()) {
      if (made >= survives || !this.apply(write)) break;
      made += 1;
      check();
    }
    return made;
  }

  /** False for a conflict: the view was old. */
  private apply(write: Write): boolean {
    if (write.verb === 'patch' || write.verb === 'updateStatus') {
      if (write.verb === 'updateStatus') this.deployment = write.object as Deployment;
      else this.deployment.metadata.annotations = { ...(write.body as Deployment).metadata.annotations };
      return true;
    }
    const { name } = write.object.metadata;
    const current = this.sets.get(name);
    if (current && current.metadata.resourceVersion !== write.object.metadata.resourceVersion) return false;
    if (write.verb === 'delete') {
      this.sets.delete(name);
      this.view.delete(name);
    } else {
      const set = write.object as ReplicaSet;
      this.store({ ...set, metadata: { ...set.metadata, uid: name, generation: generationOf(set, current) } });
      const stored = this.sets.get(name);
      if (stored) this.view.set(name, stored);
    }
    return true;
  }

  private store(set: ReplicaSet): void {
    this.revision += 1;
    const { creationTimestamp = new Date(this.revision * 1000).toISOString() } = set.metadata;
    const metadata = { ...set.metadata, creationTimestamp, resourceVersion: String(this.revision) };
    this.sets.set(set.metadata.name, { ...set, metadata });
  }

  /** The ReplicaSet controller's turn for one set: tells what it sees, then creates or deletes pods, sick ones first. */
  reconcileSet(name: string): void {
    const set = this.sets.get(name);
    if (!set) return;
    const mine = this.pods.filter(({ setName }) => setName === name);
    const ready = mine.filter(({ isReady }) => isReady).length;
    const status = {
      replicas: mine.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation ?? 0,
    };
    this.store({ ...set, status });
    for (let count = mine.length; count < sizeOf(set); count += 1) this.pods.push({ setName: name, isReady: false });
    const surplus = [...mine].sort((a, b) => Number(a.isReady) - Number(b.isReady)).slice(0, mine.length - sizeOf(set));
    if (mine.length > sizeOf(set)) this.pods = this.pods.filter((pod) => !surplus.includes(pod));
  }

  makeReady(index: number): void {
    const waiting = this.pods.filter(({ isReady }) => !isReady);
    const pod = waiting[index % Math.max(1, waiting.length)];
    if (pod) pod.isReady = true;
  }

  /** Everybody gets a turn, again and again, until nothing is left to do. Throws when that takes too long. */
  finish(check: () => void = () => {}): void {
    for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
      for (const name of this.sets.keys()) this.look(name);
      const writes = this.reconcile(Number.POSITIVE_INFINITY, check);
      const before = JSON.stringify([this.pods, [...this.sets.values()].map(({ status }) => status)]);
      for (const name of this.sets.keys()) {
        this.reconcileSet(name);
        check();
      }
      for (const pod of this.pods) pod.isReady = true;
      const after = JSON.stringify([this.pods, [...this.sets.values()].map(({ status }) => status)]);
      if (writes === 0 && before === after) return;
    }
    throw new Error(`no end after ${ROUNDS_LIMIT} rounds: ${JSON.stringify([...this.sets.values()])}`);
  }

  /** Sizes of the sets that have any pods, by image. */
  result(): Record<string, number> {
    const sizes = [...this.sets.values()].map((set) => [set.spec?.template?.spec?.containers[0]?.image, sizeOf(set)]);
    return Object.fromEntries(sizes.filter(([, size]) => size !== 0));
  }
}

function generationOf(set: ReplicaSet, current: ReplicaSet | undefined): number {
  const generation = current?.metadata.generation ?? 0;
  return current && JSON.stringify(current.spec) === JSON.stringify(set.spec) ? generation : generation + 1;
}

type Action = { readonly kind: 'look' | 'deploy' | 'set' | 'ready' | 'image' | 'scale'; readonly number: number };

function act(cluster: Cluster, { kind, number }: Action, check: () => void): void {
  const names = [...cluster.sets.keys()];
  if (kind === 'look') cluster.look(names[number % names.length] ?? '');
  else if (kind === 'deploy') cluster.reconcile(number % 4, check);
  else if (kind === 'set') cluster.reconcileSet(names[number % names.length] ?? '');
  else if (kind === 'ready') cluster.makeReady(number);
  else if (kind === 'scale') cluster.setReplicas(number % 8);
  else cluster.setImage(`v${number % 3}`);
  check();
}

const amount = fc.oneof(fc.nat(4), fc.constantFrom('0%', '25%', '50%', '100%'));
const actions = (...kinds: Action['kind'][]) =>
  fc.array(fc.record({ kind: fc.constantFrom(...kinds), number: fc.nat(20) }), {
    minLength: 100,
    maxLength: 250,
    size: 'max',
  });

describe('reconcileDeployment()', () => {
  test('keeps surge and unavailability within bounds at every instant, wherever it is restarted, and always ends', () => {
    // A change of mind is rare beside the work it causes.
    const work = Array.from(
      { length: 8 },
      () => ['look', 'look', 'deploy', 'deploy', 'set', 'set', 'ready', 'ready'] as const,
    );
    const steps = actions(...work.flat(), 'image');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), amount, amount, steps, (replicas, maxSurge, maxUnavailable, list) => {
        const cluster = new Cluster(replicas, { maxSurge, maxUnavailable });
        const { bounds } = cluster;
        // Plain comparisons: this runs some hundred thousand times.
        const check = () => {
          const pods = cluster.pods.length;
          const available = cluster.pods.filter(({ isReady }) => isReady).length;
          const { maxSurge: surge, maxUnavailable: missing } = bounds;
          if (pods > replicas + surge) throw new Error(`${pods} pods for ${replicas} and a surge of ${surge}`);
          if (available < replicas - missing) throw new Error(`${available} available of ${replicas} minus ${missing}`);
        };
        cluster.setImage('v1');
        for (const action of list) act(cluster, action, check);
        cluster.finish(check);
        const image = cluster.deployment.spec?.template.spec?.containers[0]?.image ?? '';
        expect(cluster.result()).toEqual({ [image]: replicas });
        expect(cluster.sets.size).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  test('ends with the wanted size when it is resized in the middle of a rollout', () => {
    const steps = actions('look', 'deploy', 'deploy', 'set', 'ready', 'image', 'scale');
    fc.assert(
      fc.property(amount, amount, steps, fc.integer({ min: 0, max: 9 }), (maxSurge, maxUnavailable, list, last) => {
        const cluster = new Cluster(4, { maxSurge, maxUnavailable });
        for (const action of list) act(cluster, action, () => {});
        cluster.setReplicas(last);
        cluster.finish();
        const image = cluster.deployment.spec?.template.spec?.containers[0]?.image ?? '';
        expect(cluster.result()).toEqual(last === 0 ? {} : { [image]: last });
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});
