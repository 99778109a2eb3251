/**
 * Warnings about pods: accepted, but probably not what the author meant — or not done by this system.
 *
 * The table is the promise that nothing is accepted and silently ignored: a volume nobody can mount yet is named.
 * Whoever builds the feature adds the row.
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from '../meta';
import { dnsLabel } from '../names';
import { isQuantity, parseQuantity } from '../quantity';
import { volumeSourcesOf } from './volume-validation';

const NANOS_PER_UNIT = 1_000_000_000n;

/** Others are stored, and the pod waits. */
const MOUNTED_VOLUMES = [
  'hostPath',
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
  'persistentVolumeClaim',
  'ephemeral',
  'nfs',
];

function duplicateEnv(container: Container, path: string): string[] {
  const seen = new Set<string>();
  return (container.env ?? []).flatMap(({ name }, index) => {
    const repeated = seen.has(name);
    seen.add(name);
    if (!repeated) return [];
    return [`${path}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}

function duplicatePorts(container: Container, path: string): string[] {
  const seen = new Map<string, number>();
  return (container.ports ?? []).flatMap((port, index) => {
    const identity = `${port.protocol}/${port.containerPort}/${port.hostPort ?? ''}/${port.hostIP ?? ''}`;
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, index);
    return first === undefined
      ? []
      : [`${path}.ports[${index}]: duplicate port definition with ${path}.ports[${first}]`];
  });
}

function fractionalBytes(container: Container, path: string): string[] {
  return (['limits', 'requests'] as const).flatMap((list) =>
    ['memory', 'ephemeral-storage'].flatMap((name) => {
      const value = container.resources?.[list]?.[name];
      if (!isQuantity(value) || parseQuantity(value) % NANOS_PER_UNIT === 0n) return [];
      return [`${path}.resources.${list}[${name}]: fractional byte value "${value}" is invalid, must be an integer`];
    }),
  );
}

function unsupported(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((volume, index) =>
    volumeSourcesOf(volume)
      .filter((source) => !MOUNTED_VOLUMES.includes(source))
      .map((source) => `${path}.volumes[${index}].${source}: this cluster cannot mount this type of volume yet`),
  );
}

/** Warnings about a pod spec at `path`; empty when there is nothing to say. */
export function podSpecWarnings(spec: PodSpec, path: string): string[] {
  const lists = { initContainers: spec.initContainers ?? [], containers: spec.containers ?? [] };
  const containers = Object.entries(lists).flatMap(([list, entries]) =>
    entries.flatMap((container, index) => {
      const field = `${path}.${list}[${index}]`;
      return [
        ...duplicateEnv(container, field),
        ...duplicatePorts(container, field),
        ...fractionalBytes(container, field),
      ];
    }),
  );
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const negative = `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`;
  return [...containers, ...(grace < 0 ? [negative] : []), ...unsupported(spec, path)];
}

/** A pod's name is its hostname unless it sets one: a name with dots makes a surprising hostname. */
export function hostnameWarnings(meta: ObjectMeta, spec: PodSpec): string[] {
  const reasons = spec.hostname || !meta.name ? [] : dnsLabel(meta.name);
  if (!reasons.length) return [];
  const surprise =
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return [`${surprise}: [${reasons.join(' ')}]`];
}
