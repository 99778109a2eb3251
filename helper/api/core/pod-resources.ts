/**
 * How much of a node a pod takes, and its quality-of-service class.
 *
 * Init containers run one after the other, before the app containers: what counts is the larger of the sum of the app
 * containers and the hungriest moment of initialization. Sidecars (init containers with restartPolicy Always) run on, so
 * they count from where they start.
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { formatBytes, formatMilli, formatQuantity, isQuantity, parseQuantity } from '../quantity';

type Amounts = Record<string, bigint>;

/** Resources by name, cpu in millicores, everything else in whole units (memory in bytes). */
export interface PodResources {
  readonly requests: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** Is this init container a sidecar: started before the app, running beside it? */
export function isSidecar(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

function amountsOf(container: Container, list: 'requests' | 'limits'): Amounts {
  const entries = Object.entries(container.resources?.[list] ?? {}).filter(([, value]) => isQuantity(value));
  return Object.fromEntries(entries.map(([name, value]) => [name, parseQuantity(value)]));
}

function combine(left: Amounts, right: Amounts, choose: (a: bigint, b: bigint) => bigint): Amounts {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return Object.fromEntries([...names].map((name) => [name, choose(left[name] ?? 0n, right[name] ?? 0n)]));
}

const sum = (left: Amounts, right: Amounts) => combine(left, right, (a, b) => a + b);
const larger = (left: Amounts, right: Amounts) => combine(left, right, largest);

/** Math.max() knows no bigint. */
function largest(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function total(spec: PodSpec, list: 'requests' | 'limits'): Amounts {
  let sidecars: Amounts = {};
  let peak: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container, list);
    peak = larger(peak, sum(sidecars, own));
    if (isSidecar(container)) sidecars = sum(sidecars, own);
  }
  const running = (spec.containers ?? []).map((container) => amountsOf(container, list)).reduce(sum, sidecars);
  const needed = larger(running, peak);
  return withOverhead(needed, spec, list);
}

/** The sandbox itself costs too. A limit gets it only where there is one: no limit plus something is still no limit. */
function withOverhead(needed: Amounts, spec: PodSpec, list: 'requests' | 'limits'): Amounts {
  const overhead = Object.entries(spec.overhead ?? {})
    .filter(([name, value]) => isQuantity(value) && (list === 'requests' || name in needed))
    .map(([name, value]) => [name, parseQuantity(value)]);
  return sum(needed, Object.fromEntries(overhead));
}

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_UNIT = 1_000_000_000n;

function inUnits(amounts: Amounts): Record<string, number> {
  const roundUp = (value: bigint, unit: bigint) => Number((value + unit - 1n) / unit);
  return Object.fromEntries(
    Object.entries(amounts).map(([name, value]) => [
      name,
      roundUp(value, name === 'cpu' ? NANOS_PER_MILLI : NANOS_PER_UNIT),
    ]),
  );
}

/** What the pod asks for and may use at most. A resource nobody names is absent, not 0. */
export function podResources(spec: PodSpec): PodResources {
  return { requests: inUnits(total(spec, 'requests')), limits: inUnits(total(spec, 'limits')) };
}

/** An amount of {@link podResources} as a quantity: cpu in cores, memory with a binary suffix. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return formatMilli(amount);
  return /memory|storage|hugepages/.test(resource)
    ? formatBytes(amount)
    : formatQuantity(BigInt(amount) * NANOS_PER_UNIT);
}

const QOS_RESOURCES = ['cpu', 'memory'];

/**
 * Guaranteed when every container limits cpu and memory and requests just that; BestEffort when none names either;
 * Burstable otherwise. Sets who dies first when the node runs out of memory.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const perContainer = containers.map((container) => ({
    requests: amountsOf(container, 'requests'),
    limits: amountsOf(container, 'limits'),
  }));
  const named = perContainer.some(({ requests, limits }) =>
    QOS_RESOURCES.some((name) => (requests[name] ?? 0n) > 0n || (limits[name] ?? 0n) > 0n),
  );
  if (!named) return 'BestEffort';
  const guaranteed = perContainer.every(({ requests, limits }) =>
    QOS_RESOURCES.every((name) => (limits[name] ?? 0n) > 0n && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
