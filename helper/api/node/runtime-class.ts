/**
 * RuntimeClass: a way to run containers that pods can ask for by name, and what it costs them.
 * https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import type { RuntimeClass as PublishedRuntimeClass, Scheduling } from 'kubernetes-types/node/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { validateResourceAmount, validateResourceName } from '../core/resource-names';
import { validateTolerations } from '../core/scheduling-validation';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError } from '../field-error';
import { each, follows } from '../field-rules';
import type { ApiObject } from '../meta';
import { dnsLabel } from '../names';
import { canonicalizeResources, type QuantityText } from '../quantity';
import type { Resource } from '../resource';
import { immutable, sameValue, validateLabels } from '../validate-metadata';

export type RuntimeClass = ApiObject<PublishedRuntimeClass>;

export const runtimeClassResource: Resource<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  shortNames: [],
  categories: [],
  namespaced: false,
};

function validateOverhead(amounts: Record<string, QuantityText> | undefined): FieldError[] {
  const path = 'overhead.podFixed';
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => [
    ...validateResourceName(name, `${path}[${name}]`),
    ...validateResourceAmount(name, amount, `${path}[${name}]`),
  ]);
}

function validateScheduling({ nodeSelector, tolerations = [] }: Scheduling): FieldError[] {
  const path = 'scheduling.tolerations';
  return [
    ...validateLabels(nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(tolerations, path),
    ...each(tolerations, path, (toleration, at, index) =>
      tolerations.slice(0, index).some((other) => sameValue(other, toleration)) ? [duplicate(at, toleration)] : [],
    ),
  ];
}

/** Row of the table: RuntimeClass. */
export const runtimeClassKind = /* @__PURE__ */ defineKind<RuntimeClass>({
  resource: runtimeClassResource,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  createdByUpdate: true,
  updateNeedsVersion: true,
  columns: () => [
    nameColumn,
    column('Handler', 'string', 'What the container runtime calls it.', (object) => object.handler ?? ''),
    ageColumn,
  ],
  applyDefaults({ overhead }) {
    canonicalizeResources(overhead?.podFixed);
  },
  validate: (object) => [
    ...follows(dnsLabel, object.handler, 'handler'),
    ...validateOverhead(object.overhead?.podFixed),
    ...(object.scheduling ? validateScheduling(object.scheduling) : []),
  ],
  validateUpdate: (object, old) => immutable(object.handler, old.handler, 'handler'),
});
