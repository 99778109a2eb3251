/**
 * Rules of containers: app containers, init containers and sidecars.
 * https://kubernetes.io/docs/concepts/containers/
 */
import type { Container, ContainerPort, PodSpec } from 'kubernetes-types/core/v1';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateIp } from '../ip-address';
import { dnsLabel, portName, portNumber } from '../names';
import { PROTOCOLS } from './endpoints';
import { validateEnv, validateEnvFrom } from './env-validation';
import { validateEphemeralRole } from './ephemeral-containers';
import { isSidecar } from './pod-resources';
import { validateProbes } from './probe-validation';
import { validateResources } from './resource-validation';
import { validateSecurityContext } from './security-validation';
import { validateMounts } from './volume-validation';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];
const APP_ONLY = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function validatePort(port: ContainerPort, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) errors.push(...portName(port.name).map((reason) => invalid(`${path}.name`, port.name, reason)));
  if (!port.containerPort) errors.push(required(`${path}.containerPort`));
  else {
    const reasons = portNumber(port.containerPort);
    errors.push(...reasons.map((reason) => invalid(`${path}.containerPort`, port.containerPort, reason)));
  }
  if (port.hostPort) {
    errors.push(...portNumber(port.hostPort).map((reason) => invalid(`${path}.hostPort`, port.hostPort, reason)));
  }
  if (port.hostIP) errors.push(...validateIp(port.hostIP, `${path}.hostIP`));
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(port.protocol)) {
    errors.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  }
  return errors;
}

function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `${path}[${index}]`;
    const repeated = port.name && names.has(port.name) ? [duplicate(`${field}.name`, port.name)] : [];
    if (port.name) names.add(port.name);
    return [...repeated, ...validatePort(port, field)];
  });
}

function validateImage(image: string | undefined, field: string): FieldError[] {
  if (!image) return [required(field)];
  return image === image.trim() ? [] : [invalid(field, image, 'must not have leading or trailing whitespace')];
}

/** What holds for every container, whatever its role. */
function validateContainer(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const { name, imagePullPolicy, terminationMessagePolicy, securityContext } = container;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  else errors.push(...dnsLabel(name).map((reason) => invalid(`${path}.name`, name, reason)));
  errors.push(...validateImage(container.image, `${path}.image`));
  if (terminationMessagePolicy && !MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES));
  }
  errors.push(...validatePorts(container.ports ?? [], `${path}.ports`));
  errors.push(...validateEnv(container.env ?? [], `${path}.env`));
  errors.push(...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`));
  const privileged = securityContext?.privileged ?? false;
  errors.push(...validateMounts(container.volumeMounts ?? [], volumes, privileged, `${path}.volumeMounts`));
  if (imagePullPolicy && !PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  errors.push(...validateResources(container.resources, `${path}.resources`));
  errors.push(...validateSecurityContext(securityContext, `${path}.securityContext`));
  return errors;
}

/** An ordinary init container runs to its end before the app: nothing can probe it, nothing can hook its end. */
function validateInitRole(container: Container, path: string): FieldError[] {
  if (container.restartPolicy !== undefined && !isSidecar(container)) {
    return [notSupported(`${path}.restartPolicy`, container.restartPolicy, ['Always'])];
  }
  if (isSidecar(container)) return validateProbes(container, path);
  return APP_ONLY.filter((key) => container[key]).map((key) =>
    forbidden(`${path}.${key}`, 'may not be set for init containers without restartPolicy=Always'),
  );
}

/** The same host port twice in one pod can never be had. */
function hostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, portIndex) => {
      if (!port.hostPort) return [];
      const identity = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(identity)) return [duplicate(`${path}[${index}].ports[${portIndex}].hostPort`, identity)];
      taken.add(identity);
      return [];
    }),
  );
}

/** All that is wrong with the containers and init containers of a pod. */
export function validateContainers(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const errors = containers.length ? [] : [required(`${path}.containers`)];
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const field = `${path}.containers[${index}]`;
    errors.push(...validateContainer(container, volumes, field));
    if (names.has(container.name)) errors.push(duplicate(`${field}.name`, container.name));
    names.add(container.name);
    errors.push(...validateProbes(container, field));
    if (container.restartPolicy !== undefined) {
      errors.push(forbidden(`${field}.restartPolicy`, 'may not be set for non-init containers'));
    }
  });
  errors.push(...hostPortConflicts(containers, `${path}.containers`));
  initContainers.forEach((container, index) => {
    const field = `${path}.initContainers[${index}]`;
    errors.push(...validateContainer(container, volumes, field));
    if (names.has(container.name)) errors.push(duplicate(`${field}.name`, container.name));
    names.add(container.name);
    errors.push(...validateInitRole(container, field));
  });
  (spec.ephemeralContainers ?? []).forEach((container, index) => {
    const field = `${path}.ephemeralContainers[${index}]`;
    errors.push(...validateContainer(container, volumes, field));
    if (names.has(container.name)) errors.push(duplicate(`${field}.name`, container.name));
    names.add(container.name);
    errors.push(...validateEphemeralRole(container, spec, field));
  });
  return errors;
}
