/**
 * PodSecurity: holds new and changed pods against the Pod Security Standard their namespace asks for.
 *
 * Pods are refused (enforce), warned about (warn) or noted in the audit log (audit); workloads are only warned about and noted,
 * their pods are judged when they come. A namespace that raises its level is told which of its pods would break it.
 * What holds where a namespace says nothing, and who is exempt, is the cluster's configuration.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { type Namespace, namespaceResource } from '../../../../helper/api/core/namespace';
import { type Pod, podResource } from '../../../../helper/api/core/pod';
import { forbiddenError, invalidObject } from '../../../../helper/api/status-error';
import type { ApiRequest } from '../../api-request';
import { annotate } from '../../request-trace';
import { type AdmissionPlugin, type AdmissionReview, isOneOf } from '../review';
import { BASELINE } from './baseline';
import { type JudgedPod, judgedPod, type Violation } from './check';
import { exemptionOf, exemptionWarning, type PodSecuritySettings } from './configuration';
import { formatStandard, LEVELS, policyOf, type Standard, validatePolicyLabels } from './policy';
import { restrictedChecks } from './restricted';
import { isSignificantUpdate } from './significant-update';

/** Prefix of what is left in the audit trail. */
const ANNOTATIONS = 'pod-security.kubernetes.io';
const MAX_PODS_CHECKED = 3000;
const WORKLOADS = [
  'ReplicationController',
  'PodTemplate',
  'ReplicaSet.apps',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
];

/** What the pod breaks of a standard; empty when it keeps all of it. */
export function violationsOf({ level, minor }: Standard, pod: JudgedPod): Violation[] {
  if (level === 'privileged') return [];
  const checks = level === 'baseline' ? BASELINE : restrictedChecks(minor);
  return checks.flatMap((check) => check(pod, minor) ?? []);
}

const inDetail = (violations: readonly Violation[]) =>
  violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');

function labelsOf({ registry }: ApiRequest, namespace = ''): Readonly<Record<string, string>> | undefined {
  return registry.cacheOf(namespaceResource).get('', namespace)?.object.metadata.labels;
}

const settingsOf = ({ services }: ApiRequest): PodSecuritySettings => services.admission.podSecurity;

/** True for a pod nobody looks at; the audit trail says why. */
function isExempt(request: ApiRequest, namespace = '', runtimeClass?: string): boolean {
  const reason = exemptionOf(settingsOf(request), { username: request.user.name, namespace, runtimeClass });
  if (reason) annotate(request.trace, `${ANNOTATIONS}/exempt`, reason);
  return reason !== undefined;
}

function judge(request: ApiRequest, pod: JudgedPod, namespace: string | undefined, enforced: string | undefined): void {
  const { enforce, audit, warn } = policyOf(labelsOf(request, namespace), settingsOf(request).defaults);
  if (enforced !== undefined) annotate(request.trace, `${ANNOTATIONS}/enforce-policy`, formatStandard(enforce));
  const noted = violationsOf(audit, pod);
  if (noted.length) annotate(request.trace, `${ANNOTATIONS}/audit-violations`, breachOf(audit, noted));
  const broken = enforced === undefined ? [] : violationsOf(enforce, pod);
  if (broken.length) {
    const reason = `violates PodSecurity ${JSON.stringify(formatStandard(enforce))}: ${inDetail(broken)}`;
    throw forbiddenError(request.kind, enforced ?? '', reason);
  }
  const doubtful = violationsOf(warn, pod);
  if (!doubtful.length) return;
  request.warnings.push(breachOf(warn, doubtful));
}

const breachOf = (standard: Standard, violations: readonly Violation[]) =>
  `would violate PodSecurity ${JSON.stringify(formatStandard(standard))}: ${inDetail(violations)}`;

function checkPod(request: ApiRequest, { object, old }: AdmissionReview): void {
  const { spec, metadata } = object as Pod;
  if (!spec || (old && !isSignificantUpdate(object as Pod, old as Pod))) return;
  if (isExempt(request, metadata.namespace, spec.runtimeClassName)) return;
  judge(request, judgedPod(metadata.annotations, spec), metadata.namespace, metadata.name);
}

interface Templated {
  readonly template?: PodTemplateSpec;
  readonly spec?: { readonly template?: PodTemplateSpec; readonly jobTemplate?: Templated };
}

function templateOf({ template, spec }: Templated): PodTemplateSpec | undefined {
  return template ?? spec?.template ?? (spec?.jobTemplate ? templateOf(spec.jobTemplate) : undefined);
}

function checkWorkload(request: ApiRequest, { object }: AdmissionReview): void {
  const template = templateOf(object as Templated);
  if (!template?.spec || isExempt(request, object.metadata.namespace, template.spec.runtimeClassName)) return;
  const pod = judgedPod(template.metadata?.annotations, template.spec);
  judge(request, pod, object.metadata.namespace, undefined);
}

/** One line for each kind of breach, with the first pod that commits it and how many more do. */
function warnOfPods(request: ApiRequest, namespace: string, standard: Standard): void {
  const pods = request.registry.cacheOf(podResource).table.list(namespace);
  const byBreach = new Map<string, string[]>();
  for (const { object, name } of pods.slice(0, MAX_PODS_CHECKED)) {
    const { spec, metadata } = object as Pod;
    const broken = spec ? violationsOf(standard, judgedPod(metadata.annotations, spec)) : [];
    if (!broken.length) continue;
    const breach = broken.map(({ reason }) => reason).join(', ');
    byBreach.set(breach, [...(byBreach.get(breach) ?? []), name]);
  }
  if (pods.length > MAX_PODS_CHECKED) {
    request.warnings.push(
      `new PodSecurity enforce level only checked against the first ${MAX_PODS_CHECKED} of ${pods.length} existing pods`,
    );
  }
  if (!byBreach.size) return;
  const level = JSON.stringify(formatStandard(standard));
  request.warnings.push(
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${level}`,
  );
  const lines = [...byBreach].map(([breach, [first, ...others]]) => {
    const more = others.length ? ` (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})` : '';
    return `${first}${more}: ${breach}`;
  });
  request.warnings.push(...lines.sort());
}

function checkNamespace(request: ApiRequest, { object, old }: AdmissionReview): void {
  const { labels, name } = object.metadata;
  const before = old as Namespace | undefined;
  const errors = validatePolicyLabels(labels);
  const known = new Set(validatePolicyLabels(before?.metadata.labels).map(({ message }) => message));
  if (errors.some(({ message }) => !known.has(message))) throw invalidObject(request.kind, name, errors);
  const settings = settingsOf(request);
  const policy = policyOf(labels, settings.defaults);
  if (before && !isStricter(policy.enforce, policyOf(before.metadata.labels, settings.defaults).enforce)) return;
  if (settings.exempt.namespaces.has(name)) {
    const warning = exemptionWarning(settings, name, policy);
    if (warning) request.warnings.push(warning);
  } else if (before) warnOfPods(request, name, policy.enforce);
}

/** True when a pod that was good enough before may not be any more. */
function isStricter(next: Standard, previous: Standard): boolean {
  if (next.level === 'privileged') return false;
  return next.minor !== previous.minor || LEVELS.indexOf(next.level) > LEVELS.indexOf(previous.level);
}

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles: (kind, operation) => operation !== 'delete' && isOneOf(kind, ['Pod', 'Namespace', ...WORKLOADS]),
  validate(request, review) {
    if (request.kind.kind === 'Pod') checkPod(request, review);
    else if (request.kind.kind === 'Namespace') checkNamespace(request, review);
    else checkWorkload(request, review);
  },
};
