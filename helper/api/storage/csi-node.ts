/**
 * CSINode: which storage drivers a node has; its kubelet keeps it.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/csi-node-v1/
 */
import type { CSINodeDriver, CSINode as PublishedNode } from 'kubernetes-types/storage/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { validateDriverName } from '../core/storage-rules';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, invalid, required } from '../field-error';
import { atLeast, each, follows } from '../field-rules';
import type { ApiObject } from '../meta';
import { qualifiedNameRule } from '../names';
import type { Resource } from '../resource';
import { sameValue } from '../validate-metadata';

export type CSINode = ApiObject<PublishedNode>;

const csiNodeResource: Resource<CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const LONGEST_NODE_ID = 192;

function validateNodeId(nodeId: string | undefined, field: string): FieldError[] {
  if (!nodeId) return [required(field)];
  const isTooLong = Buffer.byteLength(nodeId) > LONGEST_NODE_ID;
  return isTooLong ? [invalid(field, nodeId, `must be ${LONGEST_NODE_ID} characters or less`)] : [];
}

function validateDriver({ name, nodeID, topologyKeys, allocatable }: CSINodeDriver, path: string): FieldError[] {
  return [
    ...validateDriverName(name, `${path}.name`),
    ...validateNodeId(nodeID, `${path}.nodeID`),
    ...atLeast(0, allocatable?.count, `${path}.allocatable.count`),
    ...each(topologyKeys, `${path}.topologyKeys`, (key, at, index) => [
      ...(key ? follows(qualifiedNameRule, key, at) : [required(at)]),
      ...(topologyKeys?.slice(0, index).includes(key) ? [duplicate(at, key)] : []),
    ]),
  ];
}

/** A driver is there or not; what it says of itself does not change. */
function validateUpdate({ spec }: CSINode, old: CSINode): FieldError[] {
  return each(spec?.drivers, 'spec.drivers', (driver, path) => {
    const before = old.spec?.drivers?.find(({ name }) => name === driver.name);
    return before && !sameValue(driver, before) ? [invalid(path, driver, 'field is immutable')] : [];
  });
}

/** Row of the table: CSINode. */
export const csiNodeKind = /* @__PURE__ */ defineKind<CSINode>({
  resource: csiNodeResource,
  schema: 'io.k8s.api.storage.v1.CSINode',
  updateNeedsVersion: true,
  columns: () => [
    nameColumn,
    column('Drivers', 'integer', 'How many drivers the node has.', ({ spec }) => spec?.drivers?.length ?? 0),
    ageColumn,
  ],
  validate: ({ spec }) =>
    each(spec?.drivers, 'spec.drivers', (driver, path, index) => [
      ...validateDriver(driver, path),
      ...(spec?.drivers.slice(0, index).some(({ name }) => name === driver.name)
        ? [duplicate(`${path}.name`, driver.name)]
        : []),
    ]),
  validateUpdate,
});
