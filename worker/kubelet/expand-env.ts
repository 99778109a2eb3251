/**
 * The environment of a container: literal values, `$(VAR)` references, fields, ConfigMaps, Secrets, Services.
 *
 * Pure: the objects referred to are looked up through the functions in {@link EnvSources}, which throw a
 * {@link ConfigError} for one that is missing. Later variables see earlier ones; `env` overrides `envFrom`, and both
 * override the variables of Services.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
import type { Container, EnvFromSource, EnvVar } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { envVarName } from '../../helper/api/names';
import { type FieldFacts, podField, resourceField } from './pod-fields';

/** Something a container refers to is missing: shown as CreateContainerConfigError until it appears. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

export interface EnvSources {
  /** Data of a ConfigMap of the pod's namespace; undefined when there is none. */
  configMap(name: string): Readonly<Record<string, string>> | undefined;
  /** Decoded data of a Secret of the pod's namespace; undefined when there is none. */
  secret(name: string): Readonly<Record<string, string>> | undefined;
  readonly fields: FieldFacts;
  /** variables of Services, see `service-env.ts` */
  readonly services: Readonly<Record<string, string>>;
}

export interface Environment {
  /** `NAME=value`, sorted as they were defined */
  readonly env: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  /** what the user should know of: keys that are no variable names, by source */
  readonly warnings: readonly string[];
}

/** The whole environment; throws {@link ConfigError} when a required reference cannot be resolved. */
export function expandEnvironment(pod: Pod, container: Container, sources: EnvSources): Environment {
  const values = new Map(Object.entries(sources.services));
  const warnings: string[] = [];
  for (const source of container.envFrom ?? []) addFrom(values, source, sources, warnings);
  for (const variable of container.env ?? []) {
    const value = variableValue(pod, container, variable, sources, values);
    if (value !== undefined) values.set(variable.name, value);
  }
  return { env: [...values].map(([name, value]) => `${name}=${value}`), values, warnings };
}

function addFrom(values: Map<string, string>, from: EnvFromSource, sources: EnvSources, warnings: string[]): void {
  const { configMapRef, secretRef, prefix = '' } = from;
  const reference = configMapRef ?? secretRef;
  if (!reference?.name) return;
  const data = configMapRef ? sources.configMap(reference.name) : sources.secret(reference.name);
  const kind = configMapRef ? 'configmap' : 'secret';
  if (!data) {
    if (reference.optional) return;
    throw new ConfigError(`${kind} "${reference.name}" not found`);
  }
  const invalid: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    const name = prefix + key;
    if (envVarName(name).length > 0) invalid.push(key);
    else values.set(name, value);
  }
  if (invalid.length > 0) {
    const source = `${configMapRef ? 'ConfigMap' : 'Secret'} ${reference.name}`;
    warnings.push(
      `Keys [${invalid.sort().join(', ')}] from the EnvFrom ${source} were skipped since they are considered invalid environment variable names.`,
    );
  }
}

function variableValue(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  sources: EnvSources,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const from = variable.valueFrom;
  if (!from) return expandReferences(variable.value ?? '', values);
  if (from.fieldRef) return podField(pod, from.fieldRef.fieldPath, sources.fields);
  if (from.resourceFieldRef) {
    const { containerName } = from.resourceFieldRef;
    const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    const named = containerName ? all.find((each) => each.name === containerName) : container;
    if (!named) throw new ConfigError(`container ${containerName} not found`);
    return resourceField(named, from.resourceFieldRef, sources.fields);
  }
  const reference = from.configMapKeyRef ?? from.secretKeyRef;
  if (!reference) return '';
  return keyOf(pod, reference, from.configMapKeyRef ? 'ConfigMap' : 'Secret', sources);
}

function keyOf(
  pod: Pod,
  reference: { readonly name?: string; readonly key: string; readonly optional?: boolean },
  kind: 'ConfigMap' | 'Secret',
  sources: EnvSources,
): string | undefined {
  const name = reference.name ?? '';
  const data = kind === 'ConfigMap' ? sources.configMap(name) : sources.secret(name);
  const value = data?.[reference.key];
  if (value !== undefined || reference.optional) return value;
  if (!data) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  throw new ConfigError(`couldn't find key ${reference.key} in ${kind} ${pod.metadata.namespace}/${name}`);
}

/** As {@link expandReferences}, for texts in which every name must be known, such as subPathExpr; throws on one that is not. */
export function expandFully(text: string, values: ReadonlyMap<string, string>): string {
  for (const [, name] of text.matchAll(/\$\$|\$\(([^()]*)\)/g)) {
    if (name !== undefined && !values.has(name)) throw new ConfigError(`missing value for ${JSON.stringify(name)}`);
  }
  return expandReferences(text, values);
}

/** Replaces `$(NAME)`; an unknown name stays as written, `$$(NAME)` is the way to write `$(NAME)` literally. */
export function expandReferences(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return values.get(name) ?? whole;
  });
}
