/**
 * Warnings about labels, annotations and volumes of pods that Kubernetes took out of use, and about fields of Services that have
 * no effect, in Kubernetes' words.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/
 */
import type { NodeSelectorTerm, NodeSpec, PodSpec, ServiceSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from '../meta';

type Metadata = Pick<ObjectMeta, 'annotations'>;

const NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

const ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

const VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const SECCOMP = 'seccomp.security.alpha.kubernetes.io/pod';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';

/** The word about a key, if there is one; keys come from outside. */
const wordOn = (table: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(table, key) ? table[key] : undefined;

function ofSelectorTerm({ matchExpressions = [] }: NodeSelectorTerm, path: string): string[] {
  return matchExpressions.flatMap(({ key }, index) => {
    const word = wordOn(NODE_LABELS, key);
    return word ? [`${path}.matchExpressions[${index}].key: ${key} is ${word}`] : [];
  });
}

function ofScheduling(
  { nodeSelector = {}, affinity, topologySpreadConstraints = [] }: PodSpec,
  path: string,
): string[] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const place = `${path}.affinity.nodeAffinity`;
  return [
    ...Object.keys(nodeSelector ?? {}).flatMap((key) => {
      const word = wordOn(NODE_LABELS, key);
      return word ? [`${path}.nodeSelector[${key}]: ${word}`] : [];
    }),
    ...required.flatMap((term, index) =>
      ofSelectorTerm(term, `${place}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`),
    ),
    ...preferred.flatMap(({ preference }, index) =>
      ofSelectorTerm(preference, `${place}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`),
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, index) => {
      const item = `${path}.topologySpreadConstraints[${index}]`;
      const word = wordOn(NODE_LABELS, topologyKey);
      return [
        ...(word ? [`${item}.topologyKey: ${topologyKey} is ${word}`] : []),
        ...(labelSelector ? [] : [`${item}.labelSelector: a null labelSelector results in matching no pod`]),
      ];
    }),
  ];
}

function ofAnnotations({ annotations }: Metadata, { securityContext }: PodSpec, path: string): string[] {
  const keys = Object.keys(annotations ?? {});
  const words = keys.flatMap((key) => {
    const word = wordOn(ANNOTATIONS, key);
    return word ? [`${path}[${key}]: ${word}`] : [];
  });
  if (!keys.includes(SECCOMP) || securityContext?.seccompProfile) return words;
  return [...words, `${path}[${SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

/** Warnings about a pod or a template; `base` is '' or the path of the template with a dot behind it. */
export function podDeprecations(metadata: Metadata | undefined, spec: PodSpec, base: string): string[] {
  const volumes = (spec.volumes ?? []).flatMap((volume, index) =>
    Object.keys(volume).flatMap((source) => {
      const word = wordOn(VOLUMES, source);
      return word ? [`${base}spec.volumes[${index}].${source}: ${word}`] : [];
    }),
  );
  return [
    ...ofScheduling(spec, `${base}spec`),
    ...ofAnnotations(metadata ?? {}, spec, `${base}metadata.annotations`),
    ...volumes,
  ];
}

/** Warnings about a Service. */
export function serviceWarnings({ annotations }: Metadata, spec: ServiceSpec): string[] {
  const { type, clusterIP, loadBalancerIP, externalIPs = [], sessionAffinity = 'None', externalName } = spec;
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None';
  const warnings: string[] = [];
  if (annotations && Object.hasOwn(annotations, TOPOLOGY_HINTS)) {
    warnings.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  }
  if (isHeadless && loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
  if (isHeadless && externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services');
  if (isHeadless && sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  if (type === 'ExternalName' && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (type !== 'ExternalName' && externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  return warnings;
}

/** Warnings about a Node. */
export function nodeWarnings({ configSource, externalID }: NodeSpec): string[] {
  return [
    ...(configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  ];
}
