/**
 * The rows of the table of kinds a definition makes: one for each version that is served.
 *
 * From here on nothing knows that a kind is custom: routes, discovery, tables, watches and the rest read the row.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/
 */
import type { CustomResourceDefinitionNames } from 'kubernetes-types/apiextensions/v1';
import {
  type CustomResourceDefinition,
  type DefinitionVersion,
  storageVersionOf,
} from '../../../helper/api/apiextensions/definition';
import type { JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import type { Kind, ScalePaths } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import { type ConvertObjects, convertByName, faceOf } from './convert-versions';
import { customStrategy, structureOf } from './custom-strategy';
import { parseJsonPath } from './json-path';
import { printerColumns } from './printer-columns';

/** A version may have no schema in definitions that are older than that rule. */
const ANYTHING: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** `example.com`, `v1`, `Foo` -> `com.example.v1.Foo`: how OpenAPI calls it. */
const schemaName = (group: string, version: string, kind: string) =>
  [...group.split('.').reverse(), version, kind].join('.');

/** `.spec.replicas` -> `spec.replicas` */
const dotted = (path: string) => path.replace(/^\./, '');

function scalePathsOf({ subresources }: DefinitionVersion): ScalePaths | undefined {
  const scale = subresources?.scale;
  if (!scale) return undefined;
  const readSelector = parseJsonPath(scale.labelSelectorPath || '.');
  return {
    specReplicas: dotted(scale.specReplicasPath),
    statusReplicas: dotted(scale.statusReplicasPath),
    selector(object) {
      const [found] = scale.labelSelectorPath ? readSelector(object) : [];
      return typeof found === 'string' ? found : '';
    },
  };
}

function fieldSelectorsOf({ selectableFields = [] }: DefinitionVersion): Kind['fieldSelectors'] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const read = parseJsonPath(jsonPath);
      return [dotted(jsonPath), (object: KubeObject) => String(read(object)[0] ?? '')];
    }),
  );
}

/** One row for each served version, that of the storage version first. `names` are those the definition was given. */
export function customKinds(
  definition: CustomResourceDefinition,
  names: CustomResourceDefinitionNames,
  convert: ConvertObjects = convertByName,
): Kind[] {
  const { spec, metadata } = definition;
  const storage = storageVersionOf(definition) ?? '';
  const namespaced = spec.scope === 'Namespaced';
  const { plural, kind } = names;
  const shared = {
    group: spec.group,
    kind,
    listKind: names.listKind || `${kind}List`,
    plural,
    singular: names.singular || kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced,
    subresources: [],
  };
  const storedAs = { group: spec.group, version: storage, kind, plural, namespaced };
  const rowOf = (version: DefinitionVersion): Kind => {
    const schema = version.schema?.openAPIV3Schema ?? ANYTHING;
    const hasStatus = version.subresources?.status !== undefined;
    const isTerminating = metadata.deletionTimestamp !== undefined;
    const scale = scalePathsOf(version);
    const apiVersion = apiVersionOf({ group: spec.group, version: version.name });
    return {
      ...shared,
      version: version.name,
      schema: schemaName(spec.group, version.name, kind),
      structure: structureOf(schema),
      strategy: customStrategy({ schema, namespaced, hasStatus, isTerminating }),
      columns: printerColumns(version.additionalPrinterColumns),
      fieldSelectors: fieldSelectorsOf(version),
      hasStatus,
      ...(scale ? { scale } : {}),
      face: faceOf(storedAs, { apiVersion, schema }, apiVersionOf(storedAs), convert),
      ...deprecationOf(definition, version, apiVersion, kind),
    };
  };
  const served = spec.versions.filter((version) => version.served);
  return [
    ...served.filter(({ storage: isStored }) => isStored),
    ...served.filter(({ storage: isStored }) => !isStored),
  ].map(rowOf);
}

/** What users of a version that goes away are told. */
function deprecationOf(
  { spec }: CustomResourceDefinition,
  version: DefinitionVersion,
  apiVersion: string,
  kind: string,
): Pick<Kind, 'deprecation'> {
  if (!version.deprecated) return {};
  if (version.deprecationWarning) return { deprecation: version.deprecationWarning };
  const newer = spec.versions.find(({ served, deprecated, name }) => served && !deprecated && name !== version.name);
  const hint = newer ? `; use ${apiVersionOf({ group: spec.group, version: newer.name })} ${kind}` : '';
  return { deprecation: `${apiVersion} ${kind} is deprecated${hint}` };
}
