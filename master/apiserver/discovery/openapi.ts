/**
 * OpenAPI v3 of the API: an index of group versions and one document for each, made when first asked for.
 *
 * The index carries a hash of every document, so that clients keep documents for ever and fetch them again only when the
 * hash changes. The hash is of the inputs (schemas and kinds): an index costs no document.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
import { createHash } from 'node:crypto';
import type { Kind } from '../../../helper/api/kind';
import { schemasDigest } from '../../../helper/api/schema/load';
import { type ExternalVersion, openApiPathOf } from './external-version';
import { groupVersions } from './group-versions';
import { customSchemas } from './openapi-custom';
import { openApiPaths, schemasOfPaths } from './openapi-paths';
import { openApiSchemas } from './openapi-schemas';
import { kindsOf, subresourcesOf, verbsOf } from './resources';
import { serverVersion } from './server-version';

export interface OpenApiGroup {
  /** `api/v1` or `apis/apps/v1`: its key in the index and its path below /openapi/v3 */
  readonly path: string;
  readonly hash: string;
  readonly kinds: readonly Kind[];
}

/** One entry a group version, in the order of discovery. */
export function openApiGroups(kinds: readonly Kind[]): OpenApiGroup[] {
  return groupVersions(kinds).flatMap(({ group, versions }) =>
    versions.map((version) => {
      const served = kindsOf(kinds, group, version);
      const path = group ? `apis/${group}/${version}` : `api/${version}`;
      return { path, kinds: served, hash: hashOf(served) };
    }),
  );
}

function hashOf(kinds: readonly Kind[]): string {
  const facts = kinds.map((kind) => [
    kind.schema,
    kind.plural,
    kind.namespaced,
    verbsOf(kind),
    subresourcesOf(kind),
    kind.structure?.schema,
  ]);
  const text = JSON.stringify([schemasDigest(), serverVersion().gitVersion, facts]);
  return createHash('sha256').update(text).digest('hex').toUpperCase();
}

/** `/openapi/v3`. What an extension server serves is found at the address it names, through us. */
export function openApiIndex(groups: readonly OpenApiGroup[], external: readonly ExternalVersion[] = []) {
  const own = groups.map((group) => [group.path, openApiUrl(group)] as const);
  const others = external.flatMap((each) => (each.openApiUrl ? [[openApiPathOf(each), each.openApiUrl] as const] : []));
  return { paths: Object.fromEntries([...own, ...others].map(([path, url]) => [path, { serverRelativeURL: url }])) };
}

/** Where a document is found; the hash makes the address change with the content. */
export function openApiUrl({ path, hash }: OpenApiGroup): string {
  return `/openapi/v3/${path}?hash=${hash}`;
}

/** `/openapi/v3/<path>`: up to a megabyte for core/v1. */
export function openApiDocument({ kinds }: OpenApiGroup) {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion().gitVersion },
    paths: openApiPaths(kinds),
    components: {
      schemas: openApiSchemas(schemasOfPaths(kinds), customSchemas(kinds)),
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    },
  };
}
