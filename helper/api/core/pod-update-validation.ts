/**
 * What may change in a pod once it exists: almost nothing. A pod is replaced, not edited.
 *
 * Images (restart in place), a shorter deadline, more tolerations, fewer scheduling gates, and a negative grace period
 * made 1. While gates hold a pod back, its node selector may also become narrower.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
 */
import type { Container, PodSpec, Toleration } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid } from '../field-error';
import { sameValue } from '../validate-metadata';
import type { Pod } from './pod-object';

const ONLY_THESE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validateCounts(spec: PodSpec, old: PodSpec): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec[list]?.length ?? 0) === (old[list]?.length ?? 0)
      ? []
      : [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')],
  );
}

function validateDeadline(spec: PodSpec, old: PodSpec): FieldError[] {
  const [next, before] = [spec.activeDeadlineSeconds ?? undefined, old.activeDeadlineSeconds ?? undefined];
  if (before === undefined) return [];
  if (next === undefined) {
    return [invalid('spec.activeDeadlineSeconds', next, 'must not update from a positive integer to nil value')];
  }
  if (next <= before) return [];
  return [invalid('spec.activeDeadlineSeconds', next, 'must be less than or equal to previous value')];
}

function validateGates(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  const added = (spec.schedulingGates ?? []).find(({ name }) => !before.has(name));
  if (!added) return [];
  return [forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${added.name}'`)];
}

function validateTolerations(spec: PodSpec, old: PodSpec): FieldError[] {
  const identity = ({ tolerationSeconds: _seconds, ...rest }: Toleration) => rest;
  const lost = (old.tolerations ?? []).some(
    (before) => !(spec.tolerations ?? []).some((next) => sameValue(identity(next), identity(before))),
  );
  if (!lost) return [];
  return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

/** While gates hold the pod back, labels may be added to its node selector: it can only get narrower. */
function narrowsSelector(spec: PodSpec, old: PodSpec): boolean {
  const next = spec.nodeSelector ?? {};
  const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => next[key] === value);
  return (old.schedulingGates?.length ?? 0) > 0 && kept;
}

/** `spec` with every field that may change taken from `old`: what differs afterwards may not differ. */
function withoutAllowedChanges(spec: PodSpec, old: PodSpec): PodSpec {
  const sameImages = (list: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    (list ?? []).map((container, index) => ({ ...container, image: before?.[index]?.image ?? '' }));
  const grace = spec.terminationGracePeriodSeconds;
  const graceMended = grace === 1 && (old.terminationGracePeriodSeconds ?? 0) < 0;
  return {
    ...spec,
    containers: sameImages(spec.containers, old.containers),
    initContainers: sameImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds as number,
    tolerations: old.tolerations ?? [],
    schedulingGates: old.schedulingGates ?? [],
    nodeSelector: narrowsSelector(spec, old) ? (old.nodeSelector ?? {}) : (spec.nodeSelector ?? {}),
    terminationGracePeriodSeconds: (graceMended ? old.terminationGracePeriodSeconds : grace) as number,
  };
}

/** What an update did to a pod that it may not do. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const before = old.spec ?? { containers: [] };
  const counts = validateCounts(spec, before);
  if (counts.length) return counts;
  const errors = [
    ...validateDeadline(spec, before),
    ...validateGates(spec, before),
    ...validateTolerations(spec, before),
  ];
  const rest = withoutAllowedChanges(spec, before);
  const changed = Object.keys({ ...before, ...rest }).filter(
    (key) => !sameValue(rest[key as keyof PodSpec], before[key as keyof PodSpec]),
  );
  // Kubernetes appends a Go dump of both specs; the names of the fields say the same and can be read.
  if (changed.length) errors.push(forbidden('spec', `${ONLY_THESE}\nchanged: ${changed.join(', ')}`));
  return errors;
}
