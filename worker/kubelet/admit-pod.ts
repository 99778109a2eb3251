/**
 * May this pod run on this node? The kubelet's own last look, since not every pod came by way of the scheduler. Pure.
 *
 * A pod that may not run ends at once: phase Failed with a reason (`OutOfcpu`, `NodeAffinity`, ...), nothing of it started.
 * Pods that were admitted before are not judged again, also not after a restart of the kubelet.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/
 */
import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import { matchesNodeAffinity } from '../../helper/api/core/node-affinity';
import type { Pod } from '../../helper/api/core/pod';
import { podResources } from '../../helper/api/core/pod-resources';
import { tolerates } from '../../helper/api/core/tolerations';
import { bytesOf, milliValue } from '../../helper/api/quantity';
import { hostPorts } from './container-config';
import { qosClassOf } from './qos';
import { sysctlRefusal } from './sysctls';

const OS = 'linux';
const OS_LABEL = 'kubernetes.io/os';
const MEMORY_PRESSURE_TAINT: Taint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

const SHUTDOWN_REFUSAL: Refusal = {
  reason: 'NodeShutdown',
  message: 'Pod was rejected as the node is shutting down.',
};

export interface AdmissionFacts {
  /** undefined while the kubelet has not registered it */
  readonly node: Node | undefined;
  /** pods this node runs already, ended ones left out */
  readonly others: readonly Pod[];
  readonly allowedUnsafeSysctls: readonly string[];
  readonly hasAppArmor: boolean;
  /** the machine is about to go off */
  readonly isShuttingDown: boolean;
  /** run from a manifest of this machine: taints are for the scheduler's pods */
  readonly isStatic: boolean;
}

/** Why the pod is refused; undefined: it may run. */
export function refusalOf(pod: Pod, facts: AdmissionFacts): Refusal | undefined {
  const sysctl = sysctlRefusal(pod, facts.allowedUnsafeSysctls);
  return (
    pressureRefusal(pod, facts) ??
    (sysctl === undefined ? undefined : { reason: 'SysctlForbidden', message: sysctl }) ??
    osRefusal(pod) ??
    (facts.node && nodeRefusal(pod, facts.node, facts)) ??
    appArmorRefusal(pod, facts) ??
    (facts.isShuttingDown ? SHUTDOWN_REFUSAL : undefined)
  );
}

/** A node that is short of something takes no more; memory is kept from those only who asked for none. */
function pressureRefusal(pod: Pod, { node, isStatic }: AdmissionFacts): Refusal | undefined {
  if (isStatic) return undefined;
  const pressures = (node?.status?.conditions ?? [])
    .filter(({ type, status }) => type.endsWith('Pressure') && status === 'True')
    .map(({ type }) => type);
  const isOnlyMemory = pressures.length === 1 && pressures[0] === 'MemoryPressure';
  const isSpared = qosClassOf(pod) !== 'BestEffort' || tolerates(pod, MEMORY_PRESSURE_TAINT);
  if (pressures.length === 0 || (isOnlyMemory && isSpared)) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
}

function osRefusal(pod: Pod): Refusal | undefined {
  const label = pod.metadata.labels?.[OS_LABEL];
  if (label !== undefined && label !== OS) {
    const message = `Failed to admit pod as the \`${OS_LABEL}\` label doesn't match node label`;
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  const os = pod.spec?.os?.name;
  if (os === undefined || os === OS) return undefined;
  return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
}

function nodeRefusal(pod: Pod, node: Node, { others, isStatic }: AdmissionFacts): Refusal | undefined {
  const short = shortage(pod, node, others);
  if (short) return short;
  if (!matchesNodeAffinity(pod, node)) {
    return failedPredicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  if (portsTaken(pod, others)) {
    return failedPredicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  const driven = (node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && !tolerates(pod, taint));
  if (isStatic || !driven) return undefined;
  return failedPredicate('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}

function failedPredicate(name: string, description: string): Refusal {
  return { reason: name, message: `Predicate ${name} failed: ${description}` };
}

/** The first resource of which the node has not enough left. Resources the node does not know are somebody else's affair. */
function shortage(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const amountOf = (name: string) =>
    name === 'cpu' ? milliValue(allocatable[name]) : bytesOf(allocatable[name] ?? '0');
  const maxPods = amountOf('pods');
  if (allocatable['pods'] !== undefined && others.length + 1 > maxPods) {
    return outOf('pods', 1, others.length, maxPods);
  }
  for (const [name, requested] of Object.entries(requestsOf(pod))) {
    if (requested === 0 || allocatable[name] === undefined) continue;
    const used = others.reduce((sum, other) => sum + (requestsOf(other)[name] ?? 0), 0);
    const capacity = amountOf(name);
    if (requested > capacity - used) return outOf(name, requested, used, capacity);
  }
  return undefined;
}

// Pods are shared, immutable objects of the informer: the sums of those that run are computed once.
const requests = new WeakMap<Pod, Readonly<Record<string, number>>>();

function requestsOf(pod: Pod): Readonly<Record<string, number>> {
  const known = requests.get(pod) ?? podResources(pod.spec ?? { containers: [] }).requests;
  requests.set(pod, known);
  return known;
}

function outOf(resource: string, requested: number, used: number, capacity: number): Refusal {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${resource}`, message: `Node didn't have enough resource: ${resource}, ${amounts}` };
}

/** A port on one address and the same port on all of them are in each other's way. */
function portsTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  const taken = others.flatMap(hostPorts);
  return wanted.some((port) =>
    taken.some(
      ({ hostPort, protocol, hostIp }) =>
        hostPort === port.hostPort &&
        protocol === port.protocol &&
        (isAny(hostIp) || isAny(port.hostIp) || hostIp === port.hostIp),
    ),
  );
}

function isAny(address: string | undefined): boolean {
  return address === undefined || address === '0.0.0.0';
}

/** Profiles by name need a kernel that has AppArmor; without it nothing would confine the container. */
function appArmorRefusal(pod: Pod, { hasAppArmor }: AdmissionFacts): Refusal | undefined {
  if (hasAppArmor) return undefined;
  const contexts = [pod.spec, ...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const isWanted = contexts.some((each) => {
    const type = each?.securityContext?.appArmorProfile?.type;
    return type === 'Localhost' || type === 'RuntimeDefault';
  });
  if (!isWanted) return undefined;
  return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
}
