/**
 * The form of one rule of the Pod Security Standards, and the words rules share.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';

/** What is judged: a pod, or the template of one. */
export interface JudgedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  /** init, app and ephemeral containers, in this order */
  readonly containers: readonly Container[];
}

export interface Violation {
  /** short, for lists: `hostPort` */
  readonly reason: string;
  readonly detail: string;
}

/** Returns what the pod breaks; undefined when it keeps the rule. `minor` is the version of the standard. */
export type Check = (pod: JudgedPod, minor: number) => Violation | undefined;

export function judgedPod(annotations: Readonly<Record<string, string>> | undefined, spec: PodSpec): JudgedPod {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  return {
    annotations: annotations ?? {},
    spec,
    containers: [...initContainers, ...containers, ...ephemeralContainers],
  };
}

/** `"a", "b"` */
export function quoted(texts: Iterable<string>): string {
  return [...texts].map((text) => JSON.stringify(text)).join(', ');
}

/** Each once, in order. */
export const sortedSet = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

export const plural = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many);

/** `container "a"`, `containers "a", "b"` */
export function containersNamed(names: readonly string[]): string {
  return `${plural(names.length, 'container')} ${quoted(names)}`;
}

/** Names of the containers for which the claim holds. */
export function namesWhere({ containers }: JudgedPod, holds: (container: Container) => boolean): string[] {
  return containers.filter(holds).map(({ name }) => name);
}

/** `pod and container "a"`: who sets something. Empty when nobody does. */
export function setters(isPod: boolean, names: readonly string[]): string {
  return [...(isPod ? ['pod'] : []), ...(names.length ? [containersNamed(names)] : [])].join(' and ');
}

/** Is the value allowed in this version, by a table of the versions in which values became so? */
export function isAllowedSince(table: Readonly<Record<string, number>>, value: string, minor: number): boolean {
  const since = Object.hasOwn(table, value) ? table[value] : undefined;
  return since !== undefined && since <= minor;
}
