/**
 * Puts a row of the table together: names, metadata rules that hold for every kind, and the kind's own rules.
 *
 * Calls of `defineKind` are marked pure, so a bundle that needs only `podResource` leaves `podKind`, its validation and
 * its columns out. That is why columns are a function: an argument that calls something would be kept.
 */
import type { FieldError } from './field-error';
import type { Column, Kind, Strategy } from './kind';
import type { KubeObject } from './meta';
import { dnsSubdomain, type NameRule } from './names';
import type { Resource } from './resource';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata';

/** What a kind says of itself; everything left out has the usual answer. */
export interface KindDefinition<T extends KubeObject>
  extends Omit<Strategy<T>, 'validate' | 'hasGeneration'>,
    Partial<Pick<Kind<T>, 'fieldSelectors' | 'hasStatus' | 'subresources' | 'stored' | 'verbs' | 'deprecation'>> {
  readonly resource: Resource<T>;
  /** Name of the schema in the OpenAPI document */
  readonly schema: string;
  /** How names of this kind may look; DNS subdomain when left out. */
  readonly nameRule?: NameRule;
  /** In order; groups that several kinds share (`templateColumns`) may stand as lists of their own. */
  readonly columns: () => readonly (Column<T> | readonly Column<T>[])[];
  readonly scale?: Kind<T>['scale'];
  readonly hasGeneration?: boolean;
  /** The kind's own rules; metadata is checked already. */
  validate?(object: T): FieldError[];
}

/** A row of the table of kinds from a definition. Mark the call pure, as every kind does. */
export function defineKind<T extends KubeObject>(definition: KindDefinition<T>): Kind<T> {
  const {
    resource,
    schema,
    nameRule = dnsSubdomain,
    columns,
    scale,
    hasGeneration = false,
    fieldSelectors = {},
    hasStatus = false,
    subresources = [],
    stored,
    verbs,
    deprecation,
    validate,
    validateUpdate,
    ...rules
  } = definition;
  const strategy: Strategy<T> = {
    ...rules,
    hasGeneration,
    validate: (object) => [
      ...validateMetadata(object.metadata, { namespaced: resource.namespaced, nameRule }),
      ...(validate?.(object) ?? []),
    ],
    validateUpdate: (object, old) => [...validateMetadataUpdate(object, old), ...(validateUpdate?.(object, old) ?? [])],
  };
  return {
    ...resource,
    schema,
    strategy,
    columns: columns().flat(),
    fieldSelectors,
    hasStatus,
    subresources,
    ...(scale ? { scale } : {}),
    ...(stored === undefined ? {} : { stored }),
    ...(verbs ? { verbs } : {}),
    ...(deprecation ? { deprecation } : {}),
  };
}
