/**
 * Objects of a definition from one version to another, and from what an older schema stored to what the present one says.
 *
 * Strategy None changes apiVersion and nothing else. Whatever the way, what comes from the store is pruned and gets its
 * defaults, so that readers never see a field the schema does not have.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#overview
 */
import { applySchemaDefaults } from '../../../helper/api/apiextensions/schema/apply-schema-defaults';
import type { JsonMap, JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import { pruneObject } from '../../../helper/api/apiextensions/schema/prune-value';
import type { Face } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';

/** Brings objects, of whatever versions, to one; theirs to change. */
export type ConvertObjects = (objects: KubeObject[], apiVersion: string) => KubeObject[] | Promise<KubeObject[]>;

/** Strategy None. */
export const convertByName: ConvertObjects = (objects, apiVersion) => {
  for (const object of objects) object.apiVersion = apiVersion;
  return objects;
};

/** Prunes and fills in place what was stored; metadata is the server's own and stays. */
function refresh(schema: JsonSchema, objects: KubeObject[]): KubeObject[] {
  for (const object of objects) {
    pruneObject(schema, object as unknown as JsonMap);
    applySchemaDefaults(schema, object);
  }
  return objects;
}

/** How the rows of a version see what is stored in the storage version. */
export function faceOf(
  stored: Face['of'],
  own: { readonly apiVersion: string; readonly schema: JsonSchema },
  storedApiVersion: string,
  convert: ConvertObjects,
): Face {
  const isElsewhere = (object: KubeObject, apiVersion: string) => object.apiVersion !== apiVersion;
  const to = (objects: KubeObject[], apiVersion: string) =>
    objects.some((object) => isElsewhere(object, apiVersion)) ? convert(objects, apiVersion) : objects;
  return {
    of: stored,
    isRemote: convert !== convertByName,
    fromStored(objects) {
      const converted = to(objects, own.apiVersion);
      return converted instanceof Promise
        ? converted.then((done) => refresh(own.schema, done))
        : refresh(own.schema, converted);
    },
    toStored: (objects) => to(objects, storedApiVersion),
  };
}
