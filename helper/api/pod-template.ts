/**
 * The pod inside a workload: defaults and rules of `spec.template` and of the selector that must fit it.
 *
 * Shared by ReplicaSet and Deployment, and by every workload kind to come.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { podDeprecations } from './core/deprecations';
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

/** All that is wrong with a selector that has to pick the pods of a template; `owner` is the kind as messages call it. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  path: string,
  owner = 'deployment',
): FieldError[] {
  if (!selector) return [required(path)];
  const errors = validateLabelSelector(selector, path);
  if (!formatLabelSelector(selector)) errors.push(invalid(path, selector, `empty selector is invalid for ${owner}`));
  return errors;
}

/** The error for a selector that does not pick the pods of its own template. */
export function validateSelectorFits(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  path: string,
): FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  if (matchesLabelSelector(selector, labels)) return [];
  return [invalid(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** What holds for a template of any kind of workload. */
export function validateAnyTemplate(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  if (!template?.spec) return [required(`${path}.spec.containers`)];
  const errors = [
    ...validateLabels(template.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`, { isPod: false }),
  ];
  if (template.spec.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}

/** Pods of a workload that replaces what ends: they restart always and have no deadline. */
export function validateLastingPods(template: PodTemplateSpec | undefined, path: string, owner: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  const errors: FieldError[] = [];
  if (restartPolicy && restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const message = `activeDeadlineSeconds in ${owner} is not Supported`;
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, message));
  }
  return errors;
}

/** All that is wrong with a template whose pods run for as long as the workload does. */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  path: string,
  owner = 'ReplicaSet',
): FieldError[] {
  if (!template?.spec) return [required(`${path}.spec.containers`)];
  const selects = selector && formatLabelSelector(selector) !== '' && !validateLabelSelector(selector, path).length;
  return [
    ...(selects ? validateSelectorFits(selector, template, path) : []),
    ...validateAnyTemplate(template, path),
    ...validateLastingPods(template, path, owner),
  ];
}

/** Warnings about a template; empty when there is nothing to say. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  if (!template?.spec) return [];
  return [
    ...podDeprecations(template.metadata, template.spec, `${path}.`),
    ...podSpecWarnings(template.spec, `${path}.spec`),
  ];
}
