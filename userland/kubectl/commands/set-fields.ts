/**
 * `set env`, `set resources` and `set serviceaccount`: fields of the pods that an object has or makes.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { CommandError } from '../command-error';
import type { FoundObject } from '../resources/find-objects';
import type { Change } from './patch-each';

interface WithPodSpec {
  readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } };
}

/** The pods an object has or makes; throws for one that has nothing to do with pods. */
function podSpecOf({ object, resource }: FoundObject): PodSpec {
  const { spec } = object as WithPodSpec;
  const found = spec?.template?.spec ?? spec;
  if (!found?.containers) throw new CommandError(`${resource.plural}/${object.metadata.name} does not have pods`);
  return found;
}

function inPlace({ object }: FoundObject, patch: object): object {
  return (object as WithPodSpec).spec?.template ? { spec: { template: { spec: patch } } } : { spec: patch };
}

/** `*` and `web*` as kubectl understands them; undefined: all containers. */
function chosen(found: FoundObject, pattern: string | undefined): readonly Container[] {
  const { containers } = podSpecOf(found);
  if (!pattern || pattern === '*') return containers;
  const start = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined;
  const matching = containers.filter(({ name }) => (start === undefined ? name === pattern : name.startsWith(start)));
  if (!matching.length)
    throw new CommandError(
      `unable to find container named ${JSON.stringify(pattern)} in ${found.object.metadata.name}`,
    );
  return matching;
}

/** Name to value; null removes. */
export type EnvChanges = ReadonlyMap<string, string | null>;

/** What is set and what differs; a text when nothing does. */
export function envChange(found: FoundObject, changes: EnvChanges, pattern: string | undefined): Change | string {
  const containers = chosen(found, pattern).map(({ name, env = [] }) => ({
    name,
    env: [...changes].flatMap(([key, value]): object[] => {
      if (value === null) return env.some((entry) => entry.name === key) ? [{ name: key, $patch: 'delete' }] : [];
      return env.some((entry) => entry.name === key && entry.value === value) ? [] : [{ name: key, value }];
    }),
  }));
  const changed = containers
    .filter(({ env }) => env.length > 0)
    .map((container) => ({ ...container, '$setElementOrder/env': envOrder(found, container.name, changes) }));
  if (!changed.length) return 'env unchanged';
  return { type: 'strategic', patch: inPlace(found, { containers: changed }), done: 'env updated' };
}

/** Variables stay where they are; new ones come last. */
function envOrder(found: FoundObject, container: string, changes: EnvChanges): { name: string }[] {
  const present = podSpecOf(found).containers.find(({ name }) => name === container)?.env ?? [];
  const kept = present.map(({ name }) => name).filter((name) => changes.get(name) !== null);
  const added = [...changes].flatMap(([name, value]) => (value === null || kept.includes(name) ? [] : [name]));
  return [...kept, ...added].map((name) => ({ name }));
}

/** The variables of the containers as `KEY=value` lines. */
export function listedEnv(found: FoundObject, pattern: string | undefined): string {
  const { resource, object } = found;
  const lines = chosen(found, pattern).flatMap(({ name, env = [] }) => [
    `# ${resource.kind} ${object.metadata.name}, container ${name}`,
    ...env.map((entry) =>
      entry.valueFrom ? `# ${entry.name} from ${sourceOf(entry.valueFrom)}` : `${entry.name}=${entry.value ?? ''}`,
    ),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function sourceOf(from: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>): string {
  if (from.secretKeyRef) return `secret ${from.secretKeyRef.name}, key ${from.secretKeyRef.key}`;
  if (from.configMapKeyRef) return `configmap ${from.configMapKeyRef.name}, key ${from.configMapKeyRef.key}`;
  return from.fieldRef ? `field path ${from.fieldRef.fieldPath}` : `resource ${from.resourceFieldRef?.resource}`;
}

/** `cpu=200m,memory=512Mi` */
export function parseAmounts(text: string | undefined): Record<string, string> | undefined {
  if (!text) return undefined;
  const pairs = text.split(',').map((pair) => pair.split('=', 2));
  const wrong = pairs.find(([name, amount]) => !name || !amount);
  if (wrong) throw new CommandError(`invalid argument syntax ${wrong.join('=')}, expected <resource>=<value>`);
  return Object.fromEntries(pairs as [string, string][]);
}

interface ResourceAmounts {
  readonly limits: Record<string, string> | undefined;
  readonly requests: Record<string, string> | undefined;
}

/** Sets requests and limits; 0 takes one away. */
export function resourcesChange(
  found: FoundObject,
  { limits, requests }: ResourceAmounts,
  pattern: string | undefined,
): Change {
  const cleared = (amounts: Record<string, string> | undefined) =>
    amounts &&
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount === '0' ? null : amount]));
  const resources = {
    ...(limits ? { limits: cleared(limits) } : {}),
    ...(requests ? { requests: cleared(requests) } : {}),
  };
  const containers = chosen(found, pattern).map(({ name }) => ({ name, resources }));
  return { type: 'strategic', patch: inPlace(found, { containers }), done: 'resource requirements updated' };
}

export function accountChange(found: FoundObject, serviceAccountName: string): Change {
  podSpecOf(found);
  return { type: 'strategic', patch: inPlace(found, { serviceAccountName }), done: 'serviceaccount updated' };
}
