/**
 * The pod inside a workload: defaults and rules of `spec.template` and of the selector that must fit it.
 *
 * Shared by ReplicaSet and Deployment, and by every workload kind to come.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { defaultPodSpec } from './core/pod-defaults';
import { validatePodSpec } from './core/pod-validation';
import { podSpecWarnings } from './core/pod-warnings';
import { type FieldError, forbidden, invalid, notSupported, required } from './field-error';
import { formatLabelSelector, matchesLabelSelector, validateLabelSelector } from './label-selector';
import type { LabelSelector } from './meta';
import { validateAnnotations, validateLabels } from './validate-metadata';

/** Defaults of a template: those of a pod spec, without what only a real pod gets. Idempotent. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return;
  template.metadata ??= {};
  if (template.spec) defaultPodSpec(template.spec);
}

/** All that is wrong with a selector that has to pick the pods of a template. */
export function validateWorkloadSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (!selector) return [required(path)];
  const errors = validateLabelSelector(selector, path);
  if (!formatLabelSelector(selector)) {
    errors.push(invalid(path, selector, 'empty selector is invalid for deployment'));
  }
  return errors;
}

/** All that is wrong with a template whose pods run for as long as the workload does. */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  path: string,
): FieldError[] {
  if (!template?.spec) return [required(`${path}.spec.containers`)];
  const labels = template.metadata?.labels ?? {};
  const errors: FieldError[] = [];
  const selects = selector && formatLabelSelector(selector) !== '';
  if (selects && !validateLabelSelector(selector, path).length && !matchesLabelSelector(selector, labels)) {
    const message = '`selector` does not match template `labels`';
    errors.push(invalid(`${path}.metadata.labels`, labels, message));
  }
  errors.push(...validateLabels(labels, `${path}.labels`));
  errors.push(...validateAnnotations(template.metadata?.annotations, `${path}.annotations`));
  errors.push(...validatePodSpec(template.spec, `${path}.spec`, { isPod: false }));
  if (template.spec.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
  if (template.spec.restartPolicy && template.spec.restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, template.spec.restartPolicy, ['Always']));
  }
  if (template.spec.activeDeadlineSeconds !== undefined) {
    const message = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, message));
  }
  return errors;
}

/** Warnings about a template; empty when there is nothing to say. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  return template?.spec ? podSpecWarnings(template.spec, `${path}.spec`) : [];
}

/** A count that may not be negative. */
export function validateNotNegative(value: number | undefined | null, field: string): FieldError[] {
  if (value === undefined || value === null || value >= 0) return [];
  return [invalid(field, value, 'must be greater than or equal to 0')];
}
