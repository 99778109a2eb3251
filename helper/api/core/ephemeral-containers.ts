/**
 * Ephemeral containers: added to a pod that runs already, to look at it with tools its images lack (`kubectl debug`).
 *
 * They are added through a subresource of their own, never changed, never removed and never restarted, and have no say in the pod's
 * life: so they have no ports, probes, hooks or resources.
 * https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
 */
import type { EphemeralContainer, PodSpec } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, notFoundValue } from '../field-error';
import { sameValue } from '../validate-metadata';
import type { Pod } from './pod-object';

const NOT_FOR_EPHEMERAL = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
  'restartPolicy',
] as const;

const isSet = (value: unknown) =>
  value !== undefined && value !== null && (typeof value !== 'object' || Object.keys(value).length > 0);

/** What only ephemeral containers may not have; what holds for every container is checked elsewhere. */
export function validateEphemeralRole(container: EphemeralContainer, spec: PodSpec, path: string): FieldError[] {
  const errors = NOT_FOR_EPHEMERAL.filter((key) => isSet(container[key])).map((key) =>
    forbidden(`${path}.${key}`, 'cannot be set for an Ephemeral Container'),
  );
  (container.volumeMounts ?? []).forEach(({ subPath, subPathExpr }, index) => {
    const field = `${path}.volumeMounts[${index}]`;
    if (subPath) errors.push(forbidden(`${field}.subPath`, 'cannot be set for an Ephemeral Container'));
    if (subPathExpr) errors.push(forbidden(`${field}.subPathExpr`, 'cannot be set for an Ephemeral Container'));
  });
  const target = container.targetContainerName;
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  if (target && !others.some(({ name }) => name === target)) {
    errors.push(notFoundValue(`${path}.targetContainerName`, target));
  }
  return errors;
}

/** An update may only add. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  const after = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  return (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const now = after.get(before.name);
    if (now && sameValue(now, before)) return [];
    const what = now ? 'changed' : 'removed';
    const text = `existing ephemeral containers ${JSON.stringify(before.name)} may not be ${what}\n`;
    return [forbidden('spec.ephemeralContainers', text)];
  });
}
