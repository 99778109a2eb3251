/**
 * The OpenAPI name of a built-in kind, by its group, version and kind.
 */

import type { Resource } from '../../../helper/api/resource';
import { loadSchemas } from '../../../helper/api/schema/load';

let names: Map<string, string> | undefined;

const key = (group: string, version: string, kind: string) => `${group}/${version}/${kind}`;

/** `io.k8s.api.apps.v1.Deployment`; undefined for kinds without a schema of their own (custom resources). */
export function schemaNameOf(resource: Pick<Resource, 'group' | 'version' | 'kind'>): string | undefined {
  if (!names) {
    names = new Map();
    for (const [name, { gvk }] of Object.entries(loadSchemas())) {
      if (gvk) names.set(key(gvk.group, gvk.version, gvk.kind), name);
    }
  }
  return names.get(key(resource.group, resource.version, resource.kind));
}
