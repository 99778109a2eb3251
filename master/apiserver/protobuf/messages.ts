/**
 * The meaning of field numbers: message by message from the table `wire-fields.json`, parsed when first needed.
 *
 * `"Pod": "1 metadata meta/v1.ObjectMeta, 2 spec PodSpec, ..."`: number, JSON name, type. The notation is explained in
 * `helper/api/schema/README.md`. A `?` marks a scalar whose zero is not the same as its absence (`replicas: 0`).
 */
import { findSchema } from '../../../helper/api/schema/load';
import wireFields from '../../../helper/api/schema/wire-fields.json';

export interface MessageField {
  readonly name: string;
  readonly shape: 'one' | 'list' | 'map';
  /** Scalar name (`int32`), special type (`Quantity`) or full message name (`core/v1.Pod`) */
  readonly type: string;
  /** Zero is kept: it differs from absence, or the field is required and Go's JSON always writes it. */
  readonly keepsZero: boolean;
  /** Its fields belong to the object around it. */
  readonly inlined: boolean;
}

/** By field number. */
export type Message = ReadonlyMap<number, MessageField>;

/** What stands before the module in the name of a schema, where it is not io.k8s.api. */
const PREFIXES: Readonly<Record<string, string>> = {
  'meta/v1': 'io.k8s.apimachinery.pkg.apis',
  'apiextensions/v1': 'io.k8s.apiextensions-apiserver.pkg.apis',
  'apiregistration/v1': 'io.k8s.kube-aggregator.pkg.apis',
};

const TABLE: Record<string, Record<string, string>> = wireFields;
const parsed = new Map<string, Message>();

/** The message called `core/v1.Pod`; undefined when the table has none. */
export function findMessage(fullName: string): Message | undefined {
  const known = parsed.get(fullName);
  if (known) return known;
  const [module = '', name = ''] = splitName(fullName);
  const messages = Object.hasOwn(TABLE, module) ? TABLE[module] : undefined;
  const text = messages && Object.hasOwn(messages, name) ? messages[name] : undefined;
  if (text === undefined) return undefined;
  const required = requiredFields(module, name);
  const entries = text === '' ? [] : text.split(', ');
  const message = new Map(entries.map((entry) => parseField(entry, module, required)));
  parsed.set(fullName, message);
  return message;
}

/** The message of an object's apiVersion and kind, if objects of that kind have one: those with metadata, and options. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const name = `${group.split('.')[0]}/${version}.${kind}`;
  if (findMessage(name)?.get(1)?.name === 'metadata') return name;
  const shared = `meta/v1.${kind}`;
  return kind.endsWith('Options') && findMessage(shared) ? shared : undefined;
}

/** `core/v1.Pod` -> [`core/v1`, `Pod`]. */
function splitName(fullName: string): [string, string] {
  const dot = fullName.lastIndexOf('.');
  return [fullName.slice(0, dot), fullName.slice(dot + 1)];
}

function requiredFields(module: string, name: string): readonly string[] {
  const prefix = PREFIXES[module] ?? 'io.k8s.api';
  return findSchema(`${prefix}.${module.replace('/', '.')}.${name}`)?.required ?? [];
}

function parseField(entry: string, module: string, required: readonly string[]): [number, MessageField] {
  const [number, name = '', notation = ''] = entry.split(' ');
  const keepsZero = notation.endsWith('?') || required.includes(name);
  const shape = notation.startsWith('[]') ? 'list' : notation.startsWith('map:') ? 'map' : 'one';
  const type = notation.replace(/^(\[\]|map:)/, '').replace(/\?$/, '');
  const isOwnMessage = !type.includes('.') && Object.hasOwn(TABLE[module] ?? {}, type);
  const fullType = isOwnMessage ? `${module}.${type}` : type;
  return [Number(number), { name, shape, type: fullType, keepsZero, inlined: name === '...' }];
}
