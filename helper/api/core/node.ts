/**
 * Node: one machine that runs pods, as its kubelet reports it.
 *
 * The kubelet creates it and writes status; the scheduler reads allocatable and taints; the node controller sets taints
 * when the kubelet falls silent.
 * https://kubernetes.io/docs/concepts/architecture/nodes/
 */
import type { Node as PublishedNode, Taint } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateCidr } from '../ip-address';
import type { ApiObject } from '../meta';
import { labelValue, qualifiedNameRule } from '../names';
import { canonicalizeResources, isQuantity, QUANTITY_SYNTAX_MESSAGE } from '../quantity';
import type { Resource } from '../resource';
import { nodeWarnings } from './deprecations';

export type Node = ApiObject<PublishedNode>;

export const nodeResource: Resource<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  namespaced: false,
};

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function readiness(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

function roles(node: Node): string {
  const found = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === ROLE_LABEL ? [value] : [];
  });
  return [...new Set(found.filter(Boolean))].sort().join(',') || '<none>';
}

const address = (node: Node, type: string) =>
  node.status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';

function validateTaint(taint: Taint, path: string): FieldError[] {
  const errors = qualifiedNameRule(taint.key ?? '').map((reason) => invalid(`${path}.key`, taint.key, reason));
  errors.push(...labelValue(taint.value ?? '').map((reason) => invalid(`${path}.value`, taint.value, reason)));
  const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
  if (!taint.effect) errors.push(required(`${path}.effect`));
  else if (!effects.includes(taint.effect)) errors.push(notSupported(`${path}.effect`, taint.effect, effects));
  return errors;
}

function validateTaints(taints: readonly Taint[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const path = `spec.taints[${index}]`;
    const identity = `${taint.key} ${taint.effect}`;
    const repeated = seen.has(identity) ? [duplicate(path, taint)] : [];
    seen.add(identity);
    return [...validateTaint(taint, path), ...repeated];
  });
}

function validateAmounts(node: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(node.status?.[list] ?? {})
      .filter(([, value]) => !isQuantity(value))
      .map(([name, value]) => invalid(`status.${list}[${name}]`, value, QUANTITY_SYNTAX_MESSAGE)),
  );
}

/** `podCIDR` is the first of `podCIDRs`: either names the other, and where they differ `podCIDR` is believed. */
function joinPodCidrs(spec: NonNullable<Node['spec']>): void {
  const first = spec.podCIDR || spec.podCIDRs?.[0];
  if (first === undefined || first === '') return;
  spec.podCIDR = first;
  if (spec.podCIDRs?.[0] !== first) spec.podCIDRs = [first];
}

/** One range, or one of each family. */
function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
  return [
    ...cidrs.flatMap((cidr, index) => validateCidr(cidr, `spec.podCIDRs[${index}]`)),
    ...(families.size < cidrs.length
      ? [invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family')]
      : []),
  ];
}

/** What may be set once and never changed: the ranges of the pods' addresses, the machine's name at its provider. */
function validateSetOnce(node: Node, old: Node): FieldError[] {
  const change = (field: string) => `node updates may not change ${field} except from "" to valid`;
  const [ranges, given] = [old.spec?.podCIDRs ?? [], node.spec?.podCIDRs ?? []];
  const isMoved = ranges.length > 0 && ranges.join() !== given.join();
  const provider = old.spec?.providerID;
  return [
    ...(isMoved ? [forbidden('spec.podCIDRs', change('podCIDR'))] : []),
    ...(provider && provider !== node.spec?.providerID ? [forbidden('spec.providerID', change('providerID'))] : []),
  ];
}

/** Row of the table: Node. */
export const nodeKind = /* @__PURE__ */ defineKind<Node>({
  resource: nodeResource,
  schema: 'io.k8s.api.core.v1.Node',
  warnings: ({ spec }) => (spec ? nodeWarnings(spec) : []),
  hasStatus: true,
  subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  columns: () => [
    nameColumn,
    column('Status', 'string', 'The status of the node', readiness),
    column('Roles', 'string', 'The roles of the node', roles),
    ageColumn,
    column('Version', 'string', 'Kubelet Version reported by the node.', (node) => nodeInfo(node, 'kubeletVersion')),
    wideColumn('Internal-IP', 'string', 'Address inside the cluster.', (node) => address(node, 'InternalIP')),
    wideColumn('External-IP', 'string', 'Address outside the cluster.', (node) => address(node, 'ExternalIP')),
    wideColumn('OS-Image', 'string', 'OS Image reported by the node.', (node) => nodeInfo(node, 'osImage')),
    wideColumn('Kernel-Version', 'string', 'Kernel Version reported by the node.', (node) =>
      nodeInfo(node, 'kernelVersion'),
    ),
    wideColumn('Container-Runtime', 'string', 'ContainerRuntime Version reported by the node.', (node) =>
      nodeInfo(node, 'containerRuntimeVersion'),
    ),
  ],
  fieldSelectors: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  applyDefaults(node) {
    node.spec ??= {};
    node.status ??= {};
    joinPodCidrs(node.spec);
    const { status } = node;
    // A kubelet that reserves nothing may report capacity alone.
    if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
    canonicalizeResources(status.capacity);
    canonicalizeResources(status.allocatable);
  },
  validate: (node) => [
    ...validateTaints(node.spec?.taints ?? []),
    ...validateAmounts(node),
    ...validatePodCidrs(node.spec?.podCIDRs ?? []),
  ],
  validateUpdate: validateSetOnce,
  validateStatusUpdate: validateAmounts,
});

function nodeInfo(node: Node, key: 'kubeletVersion' | 'osImage' | 'kernelVersion' | 'containerRuntimeVersion'): string {
  return node.status?.nodeInfo?.[key] || (key === 'kubeletVersion' ? '' : '<unknown>');
}
