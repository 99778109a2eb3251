/**
 * Whether a pod puts up with a taint of a node. Pure.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
import type { Taint } from 'kubernetes-types/core/v1';
import type { Pod } from './pod-object';

/** A toleration without key and with Exists tolerates everything; without effect, every effect. */
export function tolerates(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.key && toleration.key !== taint.key) return false;
    if (toleration.operator === 'Exists') return true;
    return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
  });
}
