/**
 * Why containers that are not running are not: the `waiting` states of a pod's status. Pure.
 */
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus } from '../runtime/runtime';
import { restartsAfter } from './container-outcome';
import type { Waiting } from './container-statuses';
import type { PodMemory } from './pod-memory';
import type { Hold } from './pod-plan';

/** By container name; a container that has ended for good is not waiting, whatever its last start failed with. */
export function waitingContainers(
  pod: Pod,
  containers: readonly ContainerStatus[],
  memory: Pick<PodMemory, 'failures' | 'holds'>,
  crashLoops: ReadonlyMap<string, Hold>,
  now: Date,
): Map<string, Waiting> {
  const waiting = new Map<string, Waiting>();
  const mayRun = (name: string) => {
    const newest = containers.find((container) => container.name === name);
    // It has but one life.
    if (newest && pod.spec?.ephemeralContainers?.some((container) => container.name === name)) return false;
    return !newest || restartsAfter(pod, newest);
  };
  for (const [name, { error }] of memory.failures) {
    if (mayRun(name)) waiting.set(name, { reason: error.reason, message: error.message });
  }
  for (const [name, { reason, message }] of [...memory.holds(now), ...crashLoops]) {
    if (mayRun(name)) waiting.set(name, { reason, message });
  }
  return waiting;
}
