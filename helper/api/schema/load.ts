/**
 * Hands out the generated schemas, read once, when first asked for.
 *
 * `npm run generate` makes them. Field tables have no prototype, so looking up a name that came from a request
 * (`constructor`, `__proto__`) finds nothing.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ObjectSchema, Schemas } from './schema';

/** Texts of a type: '' is the type itself, the other keys are its fields. */
type Descriptions = Record<string, Record<string, string>>;

let schemas: Schemas | undefined;

/** All schemas by OpenAPI name (`io.k8s.api.core.v1.Pod`). Throws when they were never generated. */
export function loadSchemas(): Schemas {
  if (!schemas) {
    schemas = withoutPrototype(JSON.parse(readGenerated('schemas.json')) as Schemas);
    for (const schema of Object.values(schemas)) withoutPrototype(schema.fields);
  }
  return schemas;
}

/** The texts of all types and fields. Half a megabyte that only OpenAPI needs, so it is not kept here. */
export function loadDescriptions(): Descriptions {
  return withoutPrototype(JSON.parse(readGenerated('descriptions.json')) as Descriptions);
}

/** Changes whenever the schemas or the texts change. */
export function schemasDigest(): string {
  return readGenerated('schemas.hash');
}

/** The schema of that name; undefined when there is none (a custom resource). */
export function findSchema(name: string): ObjectSchema | undefined {
  return loadSchemas()[name];
}

/** The schema of that name; a name that does not exist is a mistake of the caller. */
export function schemaOf(name: string): ObjectSchema {
  const schema = findSchema(name);
  if (!schema) throw new Error(`no schema is called ${JSON.stringify(name)}`);
  return schema;
}

function withoutPrototype<T extends object>(table: T): T {
  return Object.setPrototypeOf(table, null);
}

/** Looks upward from this file: the sources and the bundles in `dist/` lie at different depths. */
function readGenerated(file: string): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'generated', file);
    if (existsSync(path)) return readFileSync(path, 'utf8');
    if (folder === dirname(folder)) throw new Error(`generated/${file} is missing: run "npm run generate"`);
  }
}
