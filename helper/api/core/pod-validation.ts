/**
 * Rules of a pod spec as a whole; the parts have files of their own (containers, volumes, scheduling, security).
 *
 * The same rules hold for a pod and for a template, except where a template is still without defaults.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import type { HostAlias, PodDNSConfig, PodSpec } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateIp } from '../ip-address';
import { dnsLabel, dnsSubdomain, qualifiedNameRule } from '../names';
import { validateLabels } from '../validate-metadata';
import { validateContainers } from './container-validation';
import { validateAmount } from './resource-validation';
import { validateScheduling } from './scheduling-validation';
import { validatePodSecurityContext } from './security-validation';
import { validateVolumes } from './volume-validation';

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const PREEMPTION_POLICIES = ['Never', 'PreemptLowerPriority'];
const MAXIMUM_INT32 = 2 ** 31 - 1;
const MAXIMUM_NAMESERVERS = 3;
const MAXIMUM_SEARCHES = 32;

function oneOf(value: string | undefined, allowed: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)];
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)];
}

/** In a pod on the host's network every port is the host's port; a template may still leave it out. */
function validateHostNetwork(spec: PodSpec, isPod: boolean, path: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, portIndex) => {
      const { hostPort = 0, containerPort } = port;
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      const field = `${path}.containers[${index}].ports[${portIndex}].hostPort`;
      return [invalid(field, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function validateDnsConfig(config: PodDNSConfig | undefined, policy: string | undefined, path: string): FieldError[] {
  const nameservers = config?.nameservers ?? [];
  const errors: FieldError[] = [];
  if (policy === 'None' && !config) {
    return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  if (policy === 'None' && !nameservers.length) {
    errors.push(required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  }
  if (nameservers.length > MAXIMUM_NAMESERVERS) {
    const message = `must not have more than ${MAXIMUM_NAMESERVERS} nameservers`;
    errors.push(invalid(`${path}.nameservers`, nameservers, message));
  }
  errors.push(...nameservers.flatMap((ip, index) => validateIp(ip, `${path}.nameservers[${index}]`)));
  const searches = config?.searches ?? [];
  if (searches.length > MAXIMUM_SEARCHES) {
    const message = `must not have more than ${MAXIMUM_SEARCHES} search paths`;
    errors.push(invalid(`${path}.searches`, searches, message));
  }
  (config?.options ?? []).forEach(({ name }, index) => {
    if (!name) errors.push(required(`${path}.options[${index}]`, 'must not be empty'));
  });
  return errors;
}

function validateHostAliases(aliases: readonly HostAlias[], path: string): FieldError[] {
  return aliases.flatMap((alias, index) => [
    ...validateIp(alias.ip ?? '', `${path}[${index}].ip`),
    ...(alias.hostnames ?? []).flatMap((hostname, at) =>
      dnsSubdomain(hostname).map((reason) => invalid(`${path}[${index}].hostnames[${at}]`, hostname, reason)),
    ),
  ]);
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  const named = (key: 'serviceAccountName' | 'priorityClassName' | 'runtimeClassName') =>
    dnsSubdomain(spec[key] ?? '').map((reason) => invalid(`${path}.${key}`, spec[key], reason));
  const labelled = (key: 'hostname' | 'subdomain') =>
    dnsLabel(spec[key] ?? '').map((reason) => invalid(`${path}.${key}`, spec[key], reason));
  return [
    ...(spec.serviceAccountName ? named('serviceAccountName') : []),
    ...(spec.hostname ? labelled('hostname') : []),
    ...(spec.subdomain ? labelled('subdomain') : []),
    ...(spec.priorityClassName ? named('priorityClassName') : []),
    ...(spec.runtimeClassName ? named('runtimeClassName') : []),
  ];
}

function validateDeadline(seconds: number | undefined | null, path: string): FieldError[] {
  if (seconds === undefined || seconds === null || (seconds >= 1 && seconds <= MAXIMUM_INT32)) return [];
  return [invalid(path, seconds, `must be between 1 and ${MAXIMUM_INT32}, inclusive`)];
}

/** All that is wrong with a pod spec at `path` (`spec`, or `spec.template.spec` of a template). */
export function validatePodSpec(spec: PodSpec, path: string, { isPod }: { isPod: boolean }): FieldError[] {
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateContainers(spec, path),
    ...((spec.ephemeralContainers?.length ?? 0) > 0 && !isPod
      ? [forbidden(`${path}.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
    ...validateHostNetwork(spec, isPod, path),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
    ...validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, index) =>
      qualifiedNameRule(conditionType ?? '').map((reason) =>
        invalid(`${path}.readinessGates[${index}].conditionType`, conditionType, reason),
      ),
    ),
    ...validateScheduling(spec, path),
    ...validateNames(spec, path),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...validateHostAliases(spec.hostAliases ?? [], `${path}.hostAliases`),
    ...(spec.preemptionPolicy ? oneOf(spec.preemptionPolicy, PREEMPTION_POLICIES, `${path}.preemptionPolicy`) : []),
    ...Object.entries(spec.overhead ?? {}).flatMap(([name, value]) =>
      validateAmount(name, value, `${path}.overhead[${name}]`),
    ),
  ];
}
