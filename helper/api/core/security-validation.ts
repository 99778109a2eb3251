/**
 * Rules of securityContext: of a container and of a pod.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
import type { PodSpec, SeccompProfile, SecurityContext } from 'kubernetes-types/core/v1';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { validateLocalPath } from './volume-validation';

const MAXIMUM_ID = 2 ** 31 - 1;
const SECCOMP_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const GROUP_CHANGE_POLICIES = ['Always', 'OnRootMismatch'];
const SYSCTL_NAME = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function validateId(id: number | undefined | null, field: string): FieldError[] {
  if (id === undefined || id === null || (id >= 0 && id <= MAXIMUM_ID)) return [];
  return [invalid(field, id, `must be between 0 and ${MAXIMUM_ID}, inclusive`)];
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const field = `${path}.localhostProfile`;
  if (!profile.type) return [required(`${path}.type`, 'type is required when seccompProfile is set')];
  if (!SECCOMP_TYPES.includes(profile.type)) return [notSupported(`${path}.type`, profile.type, SECCOMP_TYPES)];
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile) return validateLocalPath(profile.localhostProfile, field);
    return [required(field, 'must be set when seccomp type is Localhost')];
  }
  if (profile.localhostProfile === undefined) return [];
  return [invalid(field, profile.localhostProfile, 'can only be set when seccomp type is Localhost')];
}

/** All that is wrong with the securityContext of a container. */
export function validateSecurityContext(context: SecurityContext | undefined, path: string): FieldError[] {
  if (!context) return [];
  const errors = [
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
  ];
  if (context.allowPrivilegeEscalation !== false) return errors;
  if (context.privileged) {
    const message = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalid(path, context, message));
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const message = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalid(path, context, message));
  }
  return errors;
}

/** All that is wrong with the securityContext of a pod. */
export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext;
  if (!context) return [];
  const errors = [
    ...validateId(context.fsGroup, `${path}.fsGroup`),
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      validateId(group, `${path}.supplementalGroups[${index}]`),
    ),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
  ];
  if (spec.shareProcessNamespace && spec.hostPID) {
    const message = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid('spec.shareProcessNamespace', true, message));
  }
  const policy = context.fsGroupChangePolicy;
  if (policy !== undefined && !GROUP_CHANGE_POLICIES.includes(policy)) {
    errors.push(notSupported(`${path}.fsGroupChangePolicy`, policy, GROUP_CHANGE_POLICIES));
  }
  (context.sysctls ?? []).forEach(({ name }, index) => {
    const field = `${path}.sysctls[${index}].name`;
    if (!name) errors.push(required(field));
    else if (!SYSCTL_NAME.test(name)) {
      errors.push(invalid(field, name, `must have at most 253 characters and match regex ${SYSCTL_NAME.source}`));
    }
  });
  return errors;
}
