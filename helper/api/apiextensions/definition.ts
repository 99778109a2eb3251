/**
 * The shape of a CustomResourceDefinition, and the few questions everybody asks of one.
 *
 * Apart from the kind's row (`custom-resource-definition.ts`), so that what only reads definitions does not pull in their rules.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/
 */
import type {
  CustomResourceDefinition as PublishedDefinition,
  CustomResourceDefinitionSpec as PublishedSpec,
  CustomResourceDefinitionVersion as PublishedVersion,
} from 'kubernetes-types/apiextensions/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import type { JsonSchema } from './schema/json-schema';

/** One version as the definition describes it. */
export interface DefinitionVersion extends Omit<PublishedVersion, 'schema'> {
  schema?: { openAPIV3Schema?: JsonSchema };
  /** newer than the published types */
  selectableFields?: { jsonPath: string }[];
}

export interface DefinitionSpec extends Omit<PublishedSpec, 'versions'> {
  versions: DefinitionVersion[];
}

export type CustomResourceDefinition = Omit<ApiObject<PublishedDefinition>, 'spec'> & { spec: DefinitionSpec };

export const customResourceDefinitionResource: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
};

/** Keeps a definition that is being deleted until all its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** True when the condition is there and True. */
export function hasCondition({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** The version objects are stored in; undefined in a definition that is not valid. */
export function storageVersionOf({ spec }: CustomResourceDefinition): string | undefined {
  return spec?.versions?.find(({ storage }) => storage)?.name;
}
