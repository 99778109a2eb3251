#!/usr/bin/env node
/**
 * Generates the schemas of the API: what fields every type has, and what the fields mean.
 *
 * Sources: the declarations of npm `kubernetes-types` (Kubernetes 1.30; names, requiredness, texts) and the tables in
 * `helper/api/schema`: `wire-fields.json` (1.32; exact number types, newer fields), `list-rules.json` (merge keys) and
 * `corrections.json` (the rest). Results: `generated/schemas.json` (structure, read by the api-server at start) and
 * `generated/descriptions.json` (texts, read when OpenAPI is asked for). Unchanged inputs: nothing is done.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseWireFields, parseWireList } from './wire-fields.mjs';

/** Modules of kubernetes-types that hold stable types, and the prefix of the type names in OpenAPI. */
const MODULES = {
  'core/v1': 'io.k8s.api.core.v1',
  'apps/v1': 'io.k8s.api.apps.v1',
  'batch/v1': 'io.k8s.api.batch.v1',
  'autoscaling/v1': 'io.k8s.api.autoscaling.v1',
  'autoscaling/v2': 'io.k8s.api.autoscaling.v2',
  'networking/v1': 'io.k8s.api.networking.v1',
  'policy/v1': 'io.k8s.api.policy.v1',
  'rbac/v1': 'io.k8s.api.rbac.v1',
  'storage/v1': 'io.k8s.api.storage.v1',
  'scheduling/v1': 'io.k8s.api.scheduling.v1',
  'coordination/v1': 'io.k8s.api.coordination.v1',
  'discovery/v1': 'io.k8s.api.discovery.v1',
  'events/v1': 'io.k8s.api.events.v1',
  'node/v1': 'io.k8s.api.node.v1',
  'certificates/v1': 'io.k8s.api.certificates.v1',
  'admissionregistration/v1': 'io.k8s.api.admissionregistration.v1',
  'flowcontrol/v1': 'io.k8s.api.flowcontrol.v1',
  'authentication/v1': 'io.k8s.api.authentication.v1',
  'authorization/v1': 'io.k8s.api.authorization.v1',
  'apiextensions/v1': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'meta/v1': 'io.k8s.apimachinery.pkg.apis.meta.v1',
  'api/resource': 'io.k8s.apimachinery.pkg.api.resource',
  runtime: 'io.k8s.apimachinery.pkg.runtime',
};

/** Modules the declarations lack; the wire table has all there is to know. */
const WIRE_MODULES = {
  'apiregistration/v1': 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
  'metrics/v1beta1': 'io.k8s.metrics.pkg.apis.metrics.v1beta1',
};

/** Types that are values, not objects with fields. */
const SCALARS = {
  Quantity: 'quantity',
  Time: 'time',
  MicroTime: 'microTime',
  IntOrString: 'intOrString',
  RawExtension: 'object',
  FieldsV1: 'object',
  JSON: 'any',
  JSONSchemaPropsOrArray: 'any',
  JSONSchemaPropsOrBool: 'any',
  JSONSchemaPropsOrStringArray: 'any',
  // Lists of strings that Go gives a type of its own.
  ExtraValue: 'strings',
  Verbs: 'strings',
};

/** Scalar names of the wire table that are called otherwise in a schema. */
const WIRE_SCALARS = { bool: 'boolean' };

const atomicList = (items) => ({ type: 'list', items, listType: 'atomic' });
const scalar = (name) => (name === 'strings' ? atomicList({ type: 'string' }) : { type: name });
const schemaName = (module, name) => `${MODULES[module] ?? WIRE_MODULES[module]}.${name}`;

/** Absolute paths of everything the result depends on. */
function inputFiles(projectRoot) {
  const types = join(projectRoot, 'node_modules/kubernetes-types');
  const tables = join(projectRoot, 'helper/api/schema');
  const here = dirname(fileURLToPath(import.meta.url));
  return [
    ...Object.keys(MODULES).map((module) => join(types, `${module}.d.ts`)),
    ...['wire-fields.json', 'list-rules.json', 'corrections.json'].map((name) => join(tables, name)),
    ...['schemas.mjs', 'wire-fields.mjs'].map((name) => join(here, name)),
  ];
}

/** Turns the text of a doc comment into the description: markers and the single-line breaks of layout removed. */
function commentText(raw) {
  return raw
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** Reads one declaration file; `add` is called with every interface as { name, description, members }. */
function readModule(ts, path, add) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, false, ts.ScriptKind.TS);
  const imports = {};
  const describe = (node) => {
    const doc = node.jsDoc?.at(-1);
    return doc ? commentText(text.slice(doc.pos, doc.end)) : '';
  };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const module = statement.moduleSpecifier.text.replace(/^\.\.?\//, '');
      for (const element of statement.importClause.namedBindings.elements) imports[element.name.text] = module;
    } else if (ts.isInterfaceDeclaration(statement)) {
      const members = statement.members
        .filter((member) => ts.isPropertySignature(member))
        .map((member) => ({
          name: member.name.text,
          optional: member.questionToken !== undefined,
          type: member.type,
          description: describe(member),
        }));
      add({ name: statement.name.text, description: describe(statement), members, imports });
    }
  }
}

/** The field schema of a TypeScript type node. Numbers come out as int64; the wire table says it exactly. */
function fieldOfType(ts, node, module, imports) {
  const recurse = (inner) => fieldOfType(ts, inner, module, imports);
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
    case ts.SyntaxKind.LiteralType:
      return scalar('string');
    case ts.SyntaxKind.NumberKeyword:
      return scalar('int64');
    case ts.SyntaxKind.BooleanKeyword:
      return scalar('boolean');
    case ts.SyntaxKind.UnionType:
      return scalar('intOrString');
    case ts.SyntaxKind.ArrayType:
      return atomicList(recurse(node.elementType));
    case ts.SyntaxKind.TypeLiteral:
      return { type: 'map', values: recurse(node.members[0].type) };
    case ts.SyntaxKind.TypeReference: {
      const name = node.typeName.text;
      if (name === 'Array') return atomicList(recurse(node.typeArguments[0]));
      if (Object.hasOwn(SCALARS, name)) return scalar(SCALARS[name]);
      return { type: 'ref', ref: schemaName(imports[name] ?? module, name) };
    }
    default:
      throw new Error(`${module}: no schema for TypeScript syntax ${ts.SyntaxKind[node.kind]}`);
  }
}

/** The field schema of a type of the wire table: `[]core/v1.Volume`, `map:Quantity`, `int32`. */
function fieldOfWire({ list, map, type }, module) {
  const inner = () => {
    const [, otherModule, name] = /^(?:(.*)\.)?([^.]+)$/.exec(type);
    if (Object.hasOwn(SCALARS, name)) return scalar(SCALARS[name]);
    if (/^[a-z0-9]+$/.test(name)) return scalar(WIRE_SCALARS[name] ?? name);
    return { type: 'ref', ref: schemaName(otherModule ?? module, name) };
  };
  if (list) return atomicList(inner());
  return map ? { type: 'map', values: inner() } : inner();
}

/** Puts the exact scalar type into a field whose shape is already known. */
function refine(field, wire) {
  const target = field.type === 'list' ? field.items : field.type === 'map' ? field.values : field;
  const exact = WIRE_SCALARS[wire.type] ?? wire.type;
  if (['int32', 'int64', 'double', 'bytes'].includes(exact)) target.type = exact;
}

/** group, version and kind of a type whose apiVersion and kind are literal types. */
function gvkOf(ts, members) {
  const literal = (name) => {
    const type = members.find((member) => member.name === name)?.type;
    return type && ts.isLiteralTypeNode(type) ? type.literal.text : undefined;
  };
  const [apiVersion, kind] = [literal('apiVersion'), literal('kind')];
  if (!apiVersion || !kind) return {};
  const [version, group = ''] = apiVersion.split('/').reverse();
  return { gvk: { group, version, kind } };
}

/** Merge keys and list types of one type's fields. */
function applyListRules(fields, rules, where) {
  for (const [name, rule] of Object.entries(rules)) {
    const field = fields[name];
    if (!field) throw new Error(`list-rules.json names ${where}.${name}, which does not exist`);
    if (rule.patch) field.patch = rule.patch;
    if (rule.mapType) field.mapType = rule.mapType;
    if (field.type !== 'list') continue;
    if (rule.key) field.key = rule.key;
    const mapKeys = rule.mapKeys ?? (rule.key ? [rule.key] : undefined);
    field.listType = rule.listType ?? (mapKeys ? 'map' : 'set');
    if (field.listType === 'map') field.mapKeys = mapKeys;
    if (rule.keyDefaults) field.keyDefaults = rule.keyDefaults;
  }
}

/** Types only the wire table knows (newer than the declarations, or objects of other modules), with all they refer to. */
function addNewerTypes(schemas, descriptions, wire, corrections) {
  const objects = new Map(
    Object.entries(corrections.objects).map(([where, gvk]) => {
      const [, module, name] = /^(.*)\.([^.]+)$/.exec(where);
      return [schemaName(module, name), gvk];
    }),
  );
  const wanted = () =>
    Object.values(schemas)
      .flatMap((schema) => Object.values(schema.fields))
      .map((field) => (field.type === 'list' ? field.items : field.type === 'map' ? field.values : field))
      .filter((field) => field.type === 'ref' && !schemas[field.ref])
      .map((field) => field.ref);
  const modules = Object.keys({ ...MODULES, ...WIRE_MODULES });
  for (let missing = [...objects.keys(), ...wanted()]; missing.length > 0; missing = wanted()) {
    for (const ref of new Set(missing)) {
      const module = modules.find((key) => ref === schemaName(key, ref.split('.').pop()));
      const name = ref.split('.').pop();
      const message = wire[module]?.[name];
      if (!message) throw new Error(`${ref} is referred to, but neither the declarations nor wire-fields.json have it`);
      const fields = {};
      descriptions[ref] = { '': corrections.descriptions[`${module}.${name}`] ?? '' };
      for (const field of parseWireFields(message)) {
        fields[field.name] = fieldOfWire(field, module);
        descriptions[ref][field.name] = corrections.descriptions[`${module}.${name}.${field.name}`] ?? '';
      }
      const gvk = objects.get(ref);
      if (gvk) Object.assign(fields, { apiVersion: scalar('string'), kind: scalar('string') });
      const required = corrections.required[`${module}.${name}`] ?? [];
      schemas[ref] = { fields, required, ...(gvk ? { gvk } : {}) };
    }
  }
}

/** The schema and the texts of one declared interface. */
function schemaOfInterface(ts, module, { name, description, members, imports }, { wire, corrections }) {
  const where = `${module}.${name}`;
  const fields = {};
  const texts = { '': description };
  const kept = members.filter((member) => !corrections.removed.includes(`${where}.${member.name}`));
  for (const member of kept) {
    fields[member.name] = fieldOfType(ts, member.type, module, imports);
    texts[member.name] = member.description;
  }
  const add = (field) => {
    fields[field.name] = fieldOfWire(field, module);
    texts[field.name] = corrections.descriptions[`${where}.${field.name}`] ?? '';
  };
  for (const field of parseWireFields(wire[module]?.[name] ?? '', wire, module)) {
    if (fields[field.name]) refine(fields[field.name], field);
    else add(field);
  }
  for (const field of parseWireList(corrections.added[where] ?? '')) add(field);
  for (const [field, type] of Object.entries(corrections.formats[where] ?? {})) refine(fields[field], { type });
  const required = kept.filter((member) => !member.optional).map((member) => member.name);
  return { schema: { fields, required, ...gvkOf(ts, members) }, texts };
}

/** Marks objects and maps that server-side apply replaces as a whole. */
function applyAtomicMaps(schemas, corrections) {
  for (const entry of corrections.atomicMaps) {
    const [, module, name, field] = /^(.*)\.([A-Z]\w*)(?:\.(\w+))?$/.exec(entry);
    const schema = schemas[schemaName(module, name)];
    const target = field ? schema?.fields[field] : schema;
    if (!target) throw new Error(`corrections.json: atomicMaps names ${entry}, which does not exist`);
    target.mapType = 'atomic';
  }
}

/** Builds both results in memory. `ts` is the TypeScript module. */
function buildSchemas(ts, projectRoot) {
  const table = (name) => JSON.parse(readFileSync(join(projectRoot, 'helper/api/schema', name), 'utf8'));
  const tables = { wire: table('wire-fields.json'), corrections: table('corrections.json') };
  const schemas = {};
  const descriptions = {};
  for (const module of Object.keys(MODULES)) {
    readModule(ts, join(projectRoot, 'node_modules/kubernetes-types', `${module}.d.ts`), (declared) => {
      const where = `${module}.${declared.name}`;
      if (Object.hasOwn(SCALARS, declared.name) || tables.corrections.removed.includes(where)) return;
      const { schema, texts } = schemaOfInterface(ts, module, declared, tables);
      schemas[schemaName(module, declared.name)] = schema;
      descriptions[schemaName(module, declared.name)] = texts;
    });
  }
  addNewerTypes(schemas, descriptions, tables.wire, tables.corrections);
  for (const [where, rules] of Object.entries(table('list-rules.json'))) {
    const [, module, name] = /^(.*)\.([^.]+)$/.exec(where);
    applyListRules(schemas[schemaName(module, name)].fields, rules, where);
  }
  applyAtomicMaps(schemas, tables.corrections);
  return { schemas, descriptions };
}

/** Writes a file so that a reader sees the old or the new one, never a half. */
function replaceFile(path, text) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/** Brings `generated/` up to date; resolves to true when something was written. */
export async function generateSchemas(projectRoot) {
  const hash = createHash('sha256');
  for (const path of inputFiles(projectRoot)) hash.update(readFileSync(path));
  const digest = hash.digest('hex');
  const out = (name) => join(projectRoot, 'generated', name);
  const names = ['schemas.json', 'descriptions.json', 'schemas.hash'];
  if (names.every((name) => existsSync(out(name))) && readFileSync(out('schemas.hash'), 'utf8') === digest)
    return false;

  const { default: ts } = await import('typescript');
  const { schemas, descriptions } = buildSchemas(ts, projectRoot);
  mkdirSync(join(projectRoot, 'generated'), { recursive: true });
  replaceFile(out('schemas.json'), JSON.stringify(schemas));
  replaceFile(out('descriptions.json'), JSON.stringify(descriptions));
  replaceFile(out('schemas.hash'), digest);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await generateSchemas(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
}
