/**
 * All rules of a CustomResourceDefinition, put together.
 *
 * Kubernetes writes paths as if versions that are all alike stood once at the top (`spec.validation.openAPIV3Schema`), which is how its
 * first version of definitions looked; messages here do the same.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import { type FieldError, forbidden, invalid, required } from '../field-error';
import { oneOf } from '../field-rules';
import { dns1035Label, dnsSubdomain } from '../names';
import { immutable, sameValue } from '../validate-metadata';
import { validateApproval } from './api-approval';
import { validateConversion } from './conversion-rules';
import { type CustomResourceDefinition, type DefinitionSpec, type DefinitionVersion, hasCondition } from './definition';
import { validateNames, validateWantedNames } from './definition-names';
import { checkSchemaStructure } from './schema/check-schema-structure';
import { validateDefaults } from './schema/default-rules';
import type { JsonSchema } from './schema/json-schema';
import { validateSchemaParts } from './schema/schema-rules';
import { validateStructural } from './schema/structural-rules';
import { validateColumn, validateDeprecation, validateSelectableFields, validateSubresources } from './version-rules';

/** What is wrong with a definition, its metadata aside. */
export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const { metadata, spec, status } = definition;
  if (!spec) return [required('spec')];
  const errors: FieldError[] = [];
  const { plural = '' } = spec.names ?? {};
  if (metadata.name !== `${plural}.${spec.group}`) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  return [
    ...errors,
    ...validateSpec(spec),
    ...validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames'),
    ...validateApproval(definition),
  ];
}

/** What an update may not change, and what it must keep. */
export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const { spec } = definition;
  const errors: FieldError[] = [];
  if (hasCondition(old, 'Established')) {
    errors.push(...immutable(spec.scope, old.spec.scope, 'spec.scope'));
    errors.push(...immutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind'));
  }
  errors.push(...immutable(spec.group, old.spec.group, 'spec.group'));
  errors.push(...immutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural'));
  return [...errors, ...validateStoredVersions(definition)];
}

/** Every version that objects may still be stored in must be described. */
export function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  return (status?.storedVersions ?? []).flatMap((stored, index) =>
    spec.versions.some(({ name }) => name === stored)
      ? []
      : [invalid(`status.storedVersions[${index}]`, stored, 'must appear in spec.versions')],
  );
}

function validateSpec(spec: DefinitionSpec): FieldError[] {
  const { group, scope, names, versions = [], conversion, preserveUnknownFields } = spec;
  const errors: FieldError[] = [];
  if (!group) errors.push(required('spec.group'));
  else if (dnsSubdomain(group).length > 0) errors.push(invalid('spec.group', group, dnsSubdomain(group).join(',')));
  else if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  errors.push(...oneOf(scope, ['Cluster', 'Namespaced'], 'spec.scope'));
  if (preserveUnknownFields) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, detail));
  }
  for (const [index, { schema }] of versions.entries()) {
    if (schema?.openAPIV3Schema) continue;
    errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
  }
  errors.push(...validateVersions(versions));
  errors.push(...validateWantedNames(names ?? {}, 'spec.names'));
  if (conversion) errors.push(...validateConversion(conversion, 'spec.conversion'));
  return errors;
}

function validateVersions(versions: readonly DefinitionVersion[]): FieldError[] {
  const errors: FieldError[] = [];
  const isShared = (name: 'schema' | 'subresources' | 'additionalPrinterColumns') =>
    versions.every((version) => version[name] && sameValue(version[name], versions[0]?.[name]));
  const [sharedSchema, sharedSubresources, sharedColumns] = [
    isShared('schema'),
    isShared('subresources'),
    isShared('additionalPrinterColumns'),
  ];
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const isSaidOnce = index > 0;
    const reasons = dns1035Label(version.name ?? '');
    if (reasons.length > 0) errors.push(invalid(`${path}.name`, version.name ?? '', reasons.join(',')));
    errors.push(...validateDeprecation(version, path));
    const { schema, subresources, additionalPrinterColumns: columns } = version;
    if (schema?.openAPIV3Schema && !(sharedSchema && isSaidOnce)) {
      const at = `${sharedSchema ? 'spec.validation' : `${path}.schema`}.openAPIV3Schema`;
      errors.push(...validateSchema(schema.openAPIV3Schema, at, subresources?.status !== undefined));
    }
    if (subresources && !(sharedSubresources && isSaidOnce)) {
      errors.push(
        ...validateSubresources(subresources, sharedSubresources ? 'spec.subresources' : `${path}.subresources`),
      );
    }
    if (columns && !(sharedColumns && isSaidOnce)) {
      const at = sharedColumns ? 'spec.additionalPrinterColumns' : `${path}.additionalPrinterColumns`;
      errors.push(...columns.flatMap((column, place) => validateColumn(column, `${at}[${place}]`)));
    }
    errors.push(...validateSelectableFields(version, `${path}.selectableFields`));
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalid('spec.versions', versions, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

/** With a status subresource, status is judged alone: rules of the whole object would be lost. */
const ALLOWED_AT_ROOT =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';
const REFUSED_AT_ROOT = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'enum',
  'default',
  'minProperties',
  'maxProperties',
] as const;

function validateSchema(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  // A tree of the wrong shape cannot be walked: nothing else is said of it.
  const misshapen = checkSchemaStructure(schema, path);
  if (misshapen.length > 0) return misshapen;
  const errors: FieldError[] = [];
  if (hasStatus && REFUSED_AT_ROOT.some((name) => schema[name] !== undefined)) {
    const detail = `only [${ALLOWED_AT_ROOT}] fields are allowed at the root of the schema if the status subresource is enabled`;
    errors.push(invalid(path, schema, detail));
  }
  if (schema.nullable) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, path);
  errors.push(...(structural.length > 0 ? structural : validateDefaults(schema, path)));
  return [...errors, ...validateSchemaParts(schema, path)];
}
