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
import { immutable } from '../validate-metadata';

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

function validateDriver(
  { name, nodeID, topologyKeys, allocatable }: CSINodeDriver,
  path: string,
  isRepeated: boolean,
): FieldError[] {
  return [
    ...validateDriverName(name, `${path}.name`),
    ...validateNodeId(nodeID, `${path}.nodeID`),
    ...atLeast(0, allocatable?.count, `${path}.allocatable.count`),
    ...(isRepeated ? [duplicate(`${path}.name`, name)] : []),
    // What is wrong with a key is said of the driver.
    ...(topologyKeys ?? []).flatMap((key, index) => [
      ...(key ? [] : [required(path)]),
      ...(topologyKeys?.slice(0, index).includes(key) ? [duplicate(path, key)] : []),
      ...follows(qualifiedNameRule, key, path),
    ]),
  ];
}

/** A driver is there or not; what it says of itself does not change. */
function validateUpdate({ spec }: CSINode, old: CSINode): FieldError[] {
  return (old.spec?.drivers ?? []).flatMap((before) => {
    const driver = spec?.drivers.find(({ name }) => name === before.name);
    return driver ? immutable(driver, before, 'spec.drivers') : [];
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
    each(spec?.drivers, 'spec.drivers', (driver, path, index) => {
      const isRepeated = spec?.drivers.slice(0, index).some(({ name }) => name === driver.name) ?? false;
      return validateDriver(driver, path, isRepeated);
    }),
  validateUpdate,
});
