/**
 * What `debug` makes: a container beside those of a pod, a copy of a pod, or a pod on a node. Pure.
 * https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/
 */
import type { Container, EnvVar, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { CommandError } from '../command-error';
import { inPod, onNode, type ProfileName } from './profiles';

export interface DebugWishes {
  readonly image?: string;
  readonly pullPolicy?: string;
  readonly env: readonly EnvVar[];
  readonly words: readonly string[];
  /** the words are arguments of the image's own command */
  readonly argumentsOnly: boolean;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly profile: ProfileName;
}

export interface CopyWishes extends DebugWishes {
  readonly copyTo: string;
  readonly container?: string;
  /** image by name of the container; `*` for all others */
  readonly setImages: ReadonlyMap<string, string>;
  readonly sameNode: boolean;
  /** undefined: the profile says */
  readonly shareProcesses?: boolean;
  readonly keep: Readonly<
    Record<'labels' | 'annotations' | 'liveness' | 'readiness' | 'startup' | 'initContainers', boolean>
  >;
}

const NAME_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** Five letters for a name, as the API server makes them. `random` gives numbers from 0 to 1. */
export function nameSuffix(random: () => number = Math.random): string {
  return Array.from(
    { length: SUFFIX_LENGTH },
    () => NAME_CHARACTERS[Math.floor(random() * NAME_CHARACTERS.length)] ?? 'x',
  ).join('');
}

/** What every debugging container has. */
function containerOf(
  name: string,
  { image, pullPolicy, env, words, argumentsOnly, stdin, tty }: DebugWishes,
): Container {
  return {
    name,
    ...(image ? { image } : {}),
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    ...(env.length > 0 ? { env: [...env] } : {}),
    ...(words.length > 0 ? { [argumentsOnly ? 'args' : 'command']: [...words] } : {}),
    ...(stdin ? { stdin } : {}),
    ...(tty ? { tty } : {}),
    terminationMessagePolicy: 'File',
  };
}

/** The ephemeral container for a pod that runs. `target`: whose processes it sees. */
export function ephemeralContainer(name: string, target: string | undefined, wishes: DebugWishes): EphemeralContainer {
  const container = inPod(containerOf(name, wishes), wishes.profile);
  return { ...container, ...(target ? { targetContainerName: target } : {}) };
}

/** The pod that debugs a node. */
export function nodeDebugPod(node: string, podName: string, container: string, wishes: DebugWishes): Pod {
  const spec = {
    containers: [containerOf(container, wishes)],
    nodeName: node,
    restartPolicy: 'Never',
    tolerations: [{ operator: 'Exists' }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: podName }, spec: onNode(spec, wishes.profile) } as Pod;
}

/** A container of the copy changed as wished, or a new one. */
function changedContainer(present: Container | undefined, name: string, wishes: CopyWishes): Container {
  const wanted = containerOf(name, wishes);
  if (!present) return wanted;
  const { stdin: _, tty: __, ...rest } = present;
  const { terminationMessagePolicy: ___, ...changes } = wanted;
  // New words for the command leave no arguments of the old one.
  const { args: ____, ...withoutArgs } = rest;
  const base = wishes.words.length > 0 && !wishes.argumentsOnly ? withoutArgs : rest;
  return { ...base, ...changes };
}

function withoutProbes(container: Container, { keep }: CopyWishes): Container {
  const { livenessProbe, readinessProbe, startupProbe, ...rest } = container;
  return {
    ...rest,
    ...(keep.liveness && livenessProbe ? { livenessProbe } : {}),
    ...(keep.readiness && readinessProbe ? { readinessProbe } : {}),
    ...(keep.startup && startupProbe ? { startupProbe } : {}),
  };
}

/** The copy without what would mislead Services, controllers and probes. */
function asProfileWants(copy: Pod, debugged: string, wishes: CopyWishes): Pod {
  const { keep, profile } = wishes;
  const { labels, annotations, ...metadata } = copy.metadata;
  const kept = { ...metadata, ...(keep.labels && labels ? { labels } : {}) };
  if (profile === 'legacy') return { ...copy, metadata: { ...kept, ...(annotations ? { annotations } : {}) } };
  const { initContainers, ...spec } = copy.spec ?? { containers: [] };
  const containers = spec.containers
    .map((container) => withoutProbes(container, wishes))
    .map((container) => (container.name === debugged ? inPod(container, profile) : container));
  return {
    ...copy,
    metadata: { ...kept, ...(keep.annotations && annotations ? { annotations } : {}) },
    spec: {
      ...spec,
      containers,
      ...(keep.initContainers && initContainers ? { initContainers } : {}),
      shareProcessNamespace: spec.shareProcessNamespace ?? true,
    },
  } as Pod;
}

/** The copy, and the container to attach to (undefined when only images were changed). `freshName` names a new container. */
export function podCopy(
  pod: Pod,
  wishes: CopyWishes,
  freshName: () => string,
): { readonly pod: Pod; readonly container?: string } {
  const { name: _, namespace, labels, annotations } = pod.metadata;
  const { ephemeralContainers: __, nodeName, ...spec } = pod.spec ?? { containers: [] };
  const containers = spec.containers.map((container) => {
    const image = wishes.setImages.get(container.name) ?? wishes.setImages.get('*');
    return image ? { ...container, image } : container;
  });
  const base = {
    ...spec,
    ...(wishes.sameNode && nodeName ? { nodeName } : {}),
    ...(wishes.shareProcesses === undefined ? {} : { shareProcessNamespace: wishes.shareProcesses }),
  };
  const metadata = {
    name: wishes.copyTo,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  const copyWith = (all: Container[]): Pod =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...base, containers: all } }) as Pod;
  const present = containers.find(({ name }) => name === wishes.container);
  if (!present && !wishes.image) {
    if (wishes.setImages.size > 0) return { pod: copyWith(containers) };
    throw new CommandError('you must specify image when creating new container');
  }
  const debugged = present?.name ?? wishes.container ?? freshName();
  const changed = changedContainer(present, debugged, wishes);
  const all = present ? containers.map((item) => (item === present ? changed : item)) : [...containers, changed];
  return { pod: asProfileWants(copyWith(all), debugged, wishes), container: debugged };
}
