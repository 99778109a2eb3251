/**
 * The rules of a custom kind, made from the schema of one version: what a built-in kind has in code, it has in data.
 *
 * An update judges only what it changes: a value that was stored already stays, although a newer schema would refuse it.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
import { applySchemaDefaults } from '../../../helper/api/apiextensions/schema/apply-schema-defaults';
import { pruneMetadata, validateEmbedded } from '../../../helper/api/apiextensions/schema/embedded-metadata';
import type { JsonMap, JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import { validateListUniqueness } from '../../../helper/api/apiextensions/schema/list-uniqueness';
import { pruneObject } from '../../../helper/api/apiextensions/schema/prune-value';
import { validateValue } from '../../../helper/api/apiextensions/schema/validate-value';
import { type FieldError, invalid } from '../../../helper/api/field-error';
import type { Strategy, Structure } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { dnsSubdomain } from '../../../helper/api/names';
import { methodNotAllowed } from '../../../helper/api/status-error';
import { validateMetadata, validateMetadataUpdate } from '../../../helper/api/validate-metadata';
import { hasRules, runRules } from './run-rules';

const asMap = (object: KubeObject) => object as unknown as JsonMap;

/** What is known of one version of a definition. */
export interface VersionRules {
  readonly schema: JsonSchema;
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
  /** the definition is being deleted: nothing new is taken */
  readonly isTerminating: boolean;
}

/** How bodies of this version are decoded. */
export function structureOf(schema: JsonSchema): Structure {
  return {
    schema,
    check(object) {
      const unknown = pruneObject(schema, object);
      const metadata = pruneMetadata(schema, object);
      return { errors: metadata.errors, unknown: [...unknown, ...metadata.unknown] };
    },
  };
}

/** Rules may trust the types and lengths of what they read. */
const blocksRules = ({ reason }: FieldError) =>
  reason !== 'FieldValueInvalid' && reason !== 'FieldValueDuplicate' && reason !== 'FieldValueForbidden';
const NOT_CHECKED = invalid(
  '<nil>',
  'null',
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** All that is wrong with an object; of an update only what `old` did not have. */
function validateAgainst(schema: JsonSchema, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const value = asMap(object);
  const before = old && asMap(old);
  const errors = [...validateValue(schema, value, '', before), ...validateEmbedded(schema, value)];
  // Items that were double before the rule came are no reason to refuse other changes.
  const isOldUnique = !before || validateListUniqueness(schema, before).length === 0;
  if (isOldUnique) errors.push(...validateListUniqueness(schema, value));
  if (!hasRules(schema)) return errors;
  return errors.some(blocksRules) ? [...errors, NOT_CHECKED] : [...errors, ...runRules(schema, object, old)];
}

/** The strategy of a version. */
export function customStrategy({ schema, namespaced, hasStatus, isTerminating }: VersionRules): Strategy {
  const fill = (object: KubeObject) => applySchemaDefaults(schema, object);
  return {
    hasGeneration: true,
    applyDefaults: fill,
    prepareForCreate(object) {
      if (isTerminating) throw methodNotAllowed('create not allowed while custom resource definition is terminating');
      // With a status of its own address, a new object begins without one.
      if (hasStatus) delete asMap(object).status;
    },
    validate: ({ metadata }) => validateMetadata(metadata, { namespaced, nameRule: dnsSubdomain }),
    validateCreate: (object) => validateAgainst(schema, object, undefined),
    validateUpdate: (object, old) => [...validateMetadataUpdate(object, old), ...validateAgainst(schema, object, old)],
  };
}
