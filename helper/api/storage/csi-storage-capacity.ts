/**
 * CSIStorageCapacity: how much room a storage class has on some nodes, as its driver says.
 * https://kubernetes.io/docs/concepts/storage/storage-capacity/
 */
import type { CSIStorageCapacity as PublishedCapacity } from 'kubernetes-types/storage/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid } from '../field-error';
import { follows } from '../field-rules';
import { validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { dnsSubdomain } from '../names';
import { isQuantity, parseQuantity, type QuantityText } from '../quantity';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type CSIStorageCapacity = ApiObject<PublishedCapacity>;

const csiStorageCapacityResource: Resource<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  shortNames: [],
  categories: [],
  namespaced: true,
};

function notNegative(value: QuantityText | undefined, field: string): FieldError[] {
  if (value === undefined || !isQuantity(value) || parseQuantity(value) >= 0n) return [];
  return [invalid(field, value, 'must be greater than or equal to 0')];
}

/** Row of the table: CSIStorageCapacity. */
export const csiStorageCapacityKind = /* @__PURE__ */ defineKind<CSIStorageCapacity>({
  resource: csiStorageCapacityResource,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  updateNeedsVersion: true,
  columns: () => [
    nameColumn,
    column('StorageClassName', 'string', 'The class the room is for.', (object) => object.storageClassName ?? ''),
    column('Capacity', 'string', 'How much room there is.', (object) => object.capacity ?? '<unset>'),
    ageColumn,
  ],
  validate: (object) => [
    ...(object.nodeTopology ? validateLabelSelector(object.nodeTopology, 'nodeTopology') : []),
    ...follows(dnsSubdomain, object.storageClassName, 'storageClassName'),
    ...notNegative(object.capacity, 'capacity'),
  ],
  validateUpdate: (object, old) => [
    ...immutable(object.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...immutable(object.storageClassName, old.storageClassName, 'storageClassName'),
  ],
});
