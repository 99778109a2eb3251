/**
 * Rules of environment variables: literal, or read from a ConfigMap, a Secret, the pod itself or its resources.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
 */
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from 'kubernetes-types/core/v1';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { configKey, envVarName, qualifiedNameRule } from '../names';
import { canonicalQuantity, isQuantity } from '../quantity';

type Place = 'environment' | 'volume';

const POD_FIELDS: Readonly<Record<Place, readonly string[]>> = {
  environment: [
    'metadata.name',
    'metadata.namespace',
    'metadata.uid',
    'spec.nodeName',
    'spec.serviceAccountName',
    'status.hostIP',
    'status.hostIPs',
    'status.podIP',
    'status.podIPs',
  ],
  volume: ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'],
};
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const DIVISORS: Readonly<Record<string, readonly string[]>> = {
  cpu: ['1m', '1'],
  memory: ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
};
const SUBSCRIPT = /^(metadata\.labels|metadata\.annotations)\['(.*)'\]$/;

/** Rules of `fieldRef`: which field of its pod a container may read. */
export function validateFieldRef(ref: ObjectFieldSelector, path: string, place: Place): FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${path}.fieldPath`)];
  const subscript = SUBSCRIPT.exec(ref.fieldPath);
  if (subscript) {
    const key = subscript[2] ?? '';
    return qualifiedNameRule(key.toLowerCase()).map((reason) => invalid(`${path}.fieldPath`, ref.fieldPath, reason));
  }
  const everywhere = [...POD_FIELDS.environment, ...POD_FIELDS.volume];
  if (!everywhere.includes(ref.fieldPath)) {
    const message = `error converting fieldPath: field label not supported: ${ref.fieldPath}`;
    return [invalid(`${path}.fieldPath`, ref.fieldPath, message)];
  }
  const allowed = POD_FIELDS[place];
  return allowed.includes(ref.fieldPath) ? [] : [notSupported(`${path}.fieldPath`, ref.fieldPath, allowed)];
}

/** Rules of `resourceFieldRef`: a limit or request of a container, divided by a unit. */
export function validateResourceFieldRef(ref: ResourceFieldSelector, path: string, place: Place): FieldError[] {
  if (place === 'volume' && !ref.containerName) return [required(`${path}.containerName`)];
  if (!ref.resource) return [required(`${path}.resource`)];
  if (!RESOURCES.includes(ref.resource)) return [notSupported(`${path}.resource`, ref.resource, RESOURCES)];
  const name = ref.resource.slice(ref.resource.indexOf('.') + 1);
  const divisors = DIVISORS[name === 'cpu' ? 'cpu' : 'memory'] ?? [];
  const divisor = isQuantity(ref.divisor ?? '0') ? canonicalQuantity(ref.divisor ?? '0') : String(ref.divisor);
  if (divisor === '0' || divisors.includes(divisor)) return [];
  const message = `only divisor's values ${divisors.join(', ')} are supported with the ${name} resource`;
  return [invalid(`${path}.divisor`, divisor, message)];
}

function validateKeyRef(ref: { name?: string; key?: string }, path: string): FieldError[] {
  const errors = ref.name ? [] : [required(`${path}.name`)];
  if (!ref.key) return [...errors, required(`${path}.key`)];
  return [...errors, ...configKey(ref.key).map((reason) => invalid(`${path}.key`, ref.key, reason))];
}

function validateValueFrom(env: EnvVar, source: EnvVarSource, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, `${path}.fieldRef`, 'environment'));
  if (resourceFieldRef) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, 'environment'));
  }
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${path}.secretKeyRef`));
  const named = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  if (named === 0) {
    const message = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(path, '', message));
  } else if (env.value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (named > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

/** All that is wrong with `env` of a container. */
export function validateEnv(variables: readonly EnvVar[], path: string): FieldError[] {
  return variables.flatMap((env, index) => {
    const field = `${path}[${index}]`;
    const name = env.name
      ? envVarName(env.name).map((reason) => invalid(`${field}.name`, env.name, reason))
      : [required(`${field}.name`)];
    return [...name, ...(env.valueFrom ? validateValueFrom(env, env.valueFrom, `${field}.valueFrom`) : [])];
  });
}

/** All that is wrong with `envFrom` of a container. */
export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap((source, index) => {
    const field = `${path}[${index}]`;
    const { prefix, configMapRef, secretRef } = source;
    const errors = prefix ? envVarName(prefix).map((reason) => invalid(`${field}.prefix`, prefix, reason)) : [];
    if (!configMapRef && !secretRef) {
      errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    }
    if (configMapRef && !configMapRef.name) errors.push(required(`${field}.configMapRef.name`));
    if (secretRef && !secretRef.name) errors.push(required(`${field}.secretRef.name`));
    return errors;
  });
}
