/**
 * From two summaries of a kubelet to what was used between them. Pure.
 *
 * cpu counters only grow: their difference over the time between is the use. A container that is new in the second summary (also one
 * started again) is measured since its start. Memory is a level, not a rate: the second summary's working set.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */

import type { ResourceUsage } from '../../../helper/api/metrics/resource-usage';
import type { ContainerStats, CpuStats, MemoryStats, PodStats, Summary } from '../../../helper/api/metrics/summary';
import { formatBytes, formatQuantity } from '../../../helper/api/quantity';

/** Use over a span of time. */
export interface Span {
  readonly end: Date;
  readonly windowMs: number;
}

interface Used extends Span {
  readonly usage: ResourceUsage;
}

interface PodUsed extends Span {
  readonly containers: readonly { readonly name: string; readonly usage: ResourceUsage }[];
}

export interface NodeUsed {
  /** undefined: no time passed between the two summaries */
  readonly node: Used | undefined;
  /** by `namespace/name`; pods without a running container are left out */
  readonly pods: ReadonlyMap<string, PodUsed>;
}

interface Counter {
  readonly at: number;
  readonly nanoseconds: number;
}

const counterOf = ({ time, usageCoreNanoSeconds = 0 }: CpuStats): Counter => ({
  at: Date.parse(time),
  nanoseconds: usageCoreNanoSeconds,
});

/** undefined when no time passed. */
function usedSince(before: Counter, cpu: CpuStats, memory: MemoryStats): Used | undefined {
  const after = counterOf(cpu);
  const windowMs = after.at - before.at;
  if (!(windowMs > 0)) return undefined;
  const nanoCores = Math.max(0, Math.round(((after.nanoseconds - before.nanoseconds) / windowMs) * 1000));
  const usage = { cpu: formatQuantity(BigInt(nanoCores)), memory: formatBytes(memory.workingSetBytes ?? 0) };
  return { end: new Date(after.at), windowMs, usage };
}

function containerUsed(after: ContainerStats, before: ContainerStats | undefined): Used | undefined {
  const isSame = before !== undefined && before.startTime === after.startTime;
  const since = isSame ? counterOf(before.cpu) : { at: Date.parse(after.startTime), nanoseconds: 0 };
  return usedSince(since, after.cpu, after.memory);
}

/** undefined while nothing of the pod could be measured. The span is the shortest among its containers'. */
function podUsed(after: PodStats, before: PodStats | undefined): PodUsed | undefined {
  const isSame = before?.podRef.uid === after.podRef.uid;
  const earlier = new Map((isSame ? before?.containers : [])?.map((container) => [container.name, container]));
  const used = after.containers.flatMap((container) => {
    const one = containerUsed(container, earlier.get(container.name));
    return one ? [{ name: container.name, ...one }] : [];
  });
  const [first] = used;
  if (!first) return undefined;
  const { end, windowMs } = used.reduce((least, one) => (one.windowMs < least.windowMs ? one : least), first);
  return { end, windowMs, containers: used.map(({ name, usage }) => ({ name, usage })) };
}

const keyOf = ({ podRef }: PodStats) => `${podRef.namespace}/${podRef.name}`;

/** What a node and its pods used between two summaries of the same kubelet. */
export function usageBetween(before: Summary, after: Summary): NodeUsed {
  const earlier = new Map(before.pods.map((pod) => [keyOf(pod), pod]));
  const pods = after.pods.flatMap((pod) => {
    const used = podUsed(pod, earlier.get(keyOf(pod)));
    return used ? [[keyOf(pod), used] as const] : [];
  });
  return { node: usedSince(counterOf(before.node.cpu), after.node.cpu, after.node.memory), pods: new Map(pods) };
}

/** A span of time as Go writes it, in milliseconds: 15020 -> `15.02s`, 61000 -> `1m1s`. */
export function goDuration(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole < 1000) return whole === 0 ? '0s' : `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const hours = Math.floor(minutes / 60);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}
