/**
 * ConfigMaps and Secrets from literals, files and environment files; and the hash in their names. Pure but for reading files.
 *
 * The hash follows from the content, so that changed content has a new name and pods that use it are rolled out anew.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/#composing-and-customizing-resources
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { CommandError } from '../command-error';
import type { AnyObject } from '../resources/get-object';
import type { GeneratorArgs, GeneratorOptions } from './kustomization';

type Data = Record<string, string>;

/** A generated object carries this until its name is final. */
export interface Generated {
  readonly object: AnyObject;
  readonly behavior: 'create' | 'merge' | 'replace';
  readonly hasHash: boolean;
}

function keyValue(text: string, separator: string, what: string): [string, string] {
  const at = text.indexOf(separator);
  if (at <= 0) throw new CommandError(`invalid ${what} ${JSON.stringify(text)}, expected key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Surrounding quotes belong to the file, not to the value. */
const unquoted = (value: string) => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;

function envLines(text: string): [string, string][] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => keyValue(line.includes('=') ? line : `${line}=`, '=', 'line of an environment file'));
}

/** All data of a generator. `read` gives the bytes of a file. Throws when a key comes twice. */
export function dataOf(args: GeneratorArgs, read: (file: string) => Buffer): Map<string, Buffer> {
  const data = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (data.has(key))
      throw new CommandError(`cannot add key ${JSON.stringify(key)}, another key by that name already exists`);
    data.set(key, value);
  };
  for (const env of [...(args.envs ?? []), ...(args.env ? [args.env] : [])])
    for (const [key, value] of envLines(read(env).toString('utf8'))) add(key, Buffer.from(value));
  for (const literal of args.literals ?? []) {
    const [key, value] = keyValue(literal, '=', 'literal');
    add(key, Buffer.from(unquoted(value)));
  }
  for (const file of args.files ?? []) {
    const [key, path] = file.includes('=') ? keyValue(file, '=', 'file') : [basename(file), file];
    add(key, read(path));
  }
  return data;
}

const isText = (bytes: Buffer) => Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);

/** One object of a generator. */
export function generate(
  kind: 'ConfigMap' | 'Secret',
  args: GeneratorArgs,
  common: GeneratorOptions,
  read: (file: string) => Buffer,
): Generated {
  const [data, binaryData]: [Data, Data] = [{}, {}];
  for (const [key, bytes] of dataOf(args, read)) {
    if (kind === 'Secret') data[key] = bytes.toString('base64');
    else if (isText(bytes)) data[key] = bytes.toString('utf8');
    else binaryData[key] = bytes.toString('base64');
  }
  const labels = { ...common.labels, ...args.options?.labels };
  const annotations = { ...common.annotations, ...args.options?.annotations };
  const metadata = {
    name: args.name,
    ...(args.namespace ? { namespace: args.namespace } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const immutable = args.options?.immutable ?? common.immutable;
  const object = {
    apiVersion: 'v1',
    kind,
    metadata,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
    ...(kind === 'Secret' ? { type: args.type ?? 'Opaque' } : {}),
    ...(immutable ? { immutable } : {}),
  } as AnyObject;
  const hasHash = !(args.options?.disableNameSuffixHash ?? common.disableNameSuffixHash ?? false);
  return { object, behavior: args.behavior ?? 'create', hasHash };
}

const sorted = (data: Data = {}) => Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
/** Letters that cannot form words, as in generated names of Kubernetes. */
const HASH_LETTERS: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
const HASH_LENGTH = 10;

/** JSON as Go writes it: some characters of HTML are escaped. */
const goJson = (value: unknown) =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The hash of a ConfigMap's or Secret's content, as kustomize computes it: the name is not part of it. */
export function contentHash(object: AnyObject): string {
  const { kind, data, binaryData, type } = object as AnyObject & { data?: Data; binaryData?: Data; type?: string };
  const binary = binaryData ? { binaryData: sorted(binaryData) } : {};
  const content =
    kind === 'Secret'
      ? { data: sorted(data), kind, name: '', type }
      : { ...binary, data: data ? sorted(data) : '', kind, name: '' };
  const hex = createHash('sha256').update(goJson(content)).digest('hex').slice(0, HASH_LENGTH);
  return [...hex].map((letter) => HASH_LETTERS[letter] ?? letter).join('');
}
