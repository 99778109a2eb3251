/**
 * Finds a field in an OpenAPI v3 document and explains it in kubectl's layout.
 */
import { CommandError } from '../command-error';

export interface OpenApiSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly format?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

export type Schemas = Readonly<Record<string, OpenApiSchema>>;

const WIDTH = 80;

const refOf = (schema: OpenApiSchema) => schema.$ref ?? schema.allOf?.[0]?.$ref;
const refName = (ref: string) => ref.split('/').at(-1) ?? ref;

/** What stands behind references; the text at the reference wins. */
function dereference(schema: OpenApiSchema, schemas: Schemas): OpenApiSchema {
  const ref = refOf(schema);
  const target = ref ? schemas[refName(ref)] : undefined;
  return target ? { ...target, ...(schema.description ? { description: schema.description } : {}) } : schema;
}

/** The object inside lists and maps. */
function innermost(schema: OpenApiSchema, schemas: Schemas): OpenApiSchema {
  const current = dereference(schema, schemas);
  if (current.items) return innermost(current.items, schemas);
  if (typeof current.additionalProperties === 'object' && !current.properties)
    return innermost(current.additionalProperties, schemas);
  return current;
}

/** `string`, `[]Container`, `map[string]string`, `PodSpec` */
function typeText(schema: OpenApiSchema, schemas: Schemas): string {
  const ref = refOf(schema);
  const target = dereference(schema, schemas);
  if (target.items) return `[]${typeText(target.items, schemas)}`;
  if (typeof target.additionalProperties === 'object')
    return `map[string]${typeText(target.additionalProperties, schemas)}`;
  // Times have a schema of their own and are text all the same.
  if (target.type && target.type !== 'object') return target.type;
  return ref ? (refName(ref).split('.').at(-1) ?? ref) : 'Object';
}

export interface ExplainedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface ResolvedField {
  /** '' for the kind itself */
  readonly name: string;
  readonly schema: OpenApiSchema;
}

/** Follows the path through lists and maps. Throws naming the field that does not exist. */
export function resolveField(root: OpenApiSchema, path: readonly string[], schemas: Schemas): ResolvedField {
  let schema = root;
  for (const name of path) {
    const next = innermost(schema, schemas).properties?.[name];
    if (!next) throw new CommandError(`field ${JSON.stringify(name)} does not exist`);
    schema = next;
  }
  return { name: path.at(-1) ?? '', schema };
}

/** Wrapped at 80 characters, indented. */
function wrap(text: string, indent: string): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = [];
      for (const word of paragraph.split(' ')) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= WIDTH - indent.length)
          lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(word);
      }
      return lines.map((line) => indent + line).join('\n');
    })
    .join('\n');
}

function fieldLine(name: string, schema: OpenApiSchema, required: boolean, schemas: Schemas, indent: string): string {
  const values = dereference(schema, schemas).enum;
  const line = `${indent}${name}\t<${typeText(schema, schemas)}>${required ? ' -required-' : ''}\n`;
  return values ? `${line}${indent}enum: ${values.join(', ')}\n` : line;
}

/** Its own words, then those of what stands behind a reference or inside a list, each once. */
function descriptionsOf(schema: OpenApiSchema, schemas: Schemas): string[] {
  const { description, items, additionalProperties } = schema;
  const ref = refOf(schema);
  const behind = ref ? schemas[refName(ref)] : undefined;
  const within = items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  const texts = [behind, within].flatMap((next) => (next ? descriptionsOf(next, schemas) : []));
  return [...new Set([...(description ? [description] : []), ...texts])];
}

/** The first lines of every explanation. */
export function explanationHead({ group, version, kind }: ExplainedKind): string {
  return `${group ? `GROUP:      ${group}\n` : ''}KIND:       ${kind}\nVERSION:    ${version}\n\n`;
}

type Properties = NonNullable<OpenApiSchema['properties']>;

/** `above`: the fields this is inside of. A schema that contains itself (JSONSchemaProps) is not entered again. */
function renderFields(
  schema: OpenApiSchema,
  schemas: Schemas,
  recursive: boolean,
  above: readonly Properties[] = [],
): string {
  const { properties = {}, required = [] } = innermost(schema, schemas);
  if (above.includes(properties)) return '';
  const within = [...above, properties];
  const indent = '  '.repeat(within.length);
  return Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => {
      const line = fieldLine(name, field, required.includes(name), schemas, indent);
      if (recursive) return line + renderFields(field, schemas, true, within);
      return `${line}${wrap(field.description ?? '<no description>', `${indent}  `)}\n\n`;
    })
    .join('');
}

export function renderExplanation(
  kind: ExplainedKind,
  { name, schema }: ResolvedField,
  schemas: Schemas,
  recursive: boolean,
): string {
  const field = name ? `FIELD: ${name} <${typeText(schema, schemas)}>\n` : '';
  const values = dereference(schema, schemas).enum;
  const choice = values ? `ENUM:\n${values.map((value) => `    ${value}\n`).join('')}` : '';
  const texts = descriptionsOf(schema, schemas).map((part) => wrap(part, '    '));
  const fields = renderFields(schema, schemas, recursive);
  const about = name ? `${field}${choice || '\n'}\n` : '';
  return `${explanationHead(kind)}${about}DESCRIPTION:\n${texts.join('\n') || '    <empty>'}\n${texts.length > 0 ? '    \n' : ''}${fields ? `FIELDS:\n${fields}` : ''}\n`;
}
