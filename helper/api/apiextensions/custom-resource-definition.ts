/**
 * CustomResourceDefinition: a kind of the user's own, served as if it were built in.
 *
 * What is written here is only kept and checked; `master/apiserver/custom/` follows definitions and serves what they define.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/
 */
import { createdAtColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import {
  CLEANUP_FINALIZER,
  type CustomResourceDefinition,
  customResourceDefinitionResource,
  storageVersionOf,
} from './definition';
import { validateDefinition, validateDefinitionUpdate, validateStoredVersions } from './definition-rules';
import { isKnownFormat } from './schema/formats';
import { isJsonMap, type JsonSchema } from './schema/json-schema';

const WEBHOOK_PORT = 443;

function applyDefaults({ spec }: CustomResourceDefinition): void {
  if (!spec) return;
  const { names } = spec;
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= WEBHOOK_PORT;
}

/** Remembers that objects may be stored in the present storage version from now on. */
function rememberStorageVersion(definition: CustomResourceDefinition): void {
  const version = storageVersionOf(definition);
  const status = definition.status;
  if (!version || !status || status.storedVersions?.includes(version)) return;
  status.storedVersions = [...(status.storedVersions ?? []), version];
}

/** Words of `format` in a schema that nobody knows, each once. */
function unknownFormats(schema: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const inner of schema) unknownFormats(inner, found);
  if (!isJsonMap(schema)) return found;
  const { format, type, properties, items, additionalProperties } = schema as JsonSchema;
  if (format && type === 'string' && !isKnownFormat(format)) found.add(format);
  if (isJsonMap(properties)) for (const inner of Object.values(properties)) unknownFormats(inner, found);
  unknownFormats(items, found);
  unknownFormats(additionalProperties, found);
  return found;
}

/** Row of the table: CustomResourceDefinition. */
export const customResourceDefinitionKind = /* @__PURE__ */ defineKind<CustomResourceDefinition>({
  resource: customResourceDefinitionResource,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  updateNeedsVersion: true,
  hasStatus: true,
  hasGeneration: true,
  columns: () => [nameColumn, createdAtColumn],
  prepareForCreate(definition) {
    definition.status = { acceptedNames: { kind: '', plural: '' }, conditions: [], storedVersions: [] };
    rememberStorageVersion(definition);
  },
  prepareForUpdate: rememberStorageVersion,
  applyDefaults,
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  validateStatusUpdate: validateStoredVersions,
  deletionFinalizers: [CLEANUP_FINALIZER],
  warnings: ({ spec }) =>
    [...new Set((spec?.versions ?? []).flatMap(({ schema }) => [...unknownFormats(schema?.openAPIV3Schema)]))].map(
      (format) => `unrecognized format ${JSON.stringify(format)}`,
    ),
});
