/**
 * The front door: a manifest file in, canonical objects out, or one clear mistake and nothing.
 *
 * A document with a top-level `name` and no `apiVersion` is of the classroom dialect and is converted; a canonical one passes
 * as it is. Nothing behind this door knows the dialect. A new dialect kind is a converter and a row in {@link CONVERTERS}.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KubeObject } from '../api/meta';
import { NAME_ANNOTATION } from './canonical-name';
import { convertDns } from './dns';
import { expandTemplate, refuseExpressions } from './expand-template';
import { FieldReader } from './field-reader';
import { ManifestError } from './manifest-error';
import { convertNode } from './node';
import { convertPod } from './pod';
import { type ManifestDocument, readDocuments } from './read-documents';
import { convertReplicaSet } from './replica-set';
import { convertService } from './service';

const CONVERTERS: Readonly<Record<string, (fields: FieldReader) => KubeObject>> = {
  Dns: convertDns,
  Node: convertNode,
  Pod: convertPod,
  ReplicaSet: convertReplicaSet,
  Service: convertService,
};

export interface ManifestContext {
  /** `$` in front of a file's path */
  readonly projectRoot: string;
  /** relative paths start here */
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Manifest {
  readonly object: KubeObject;
  readonly file: string;
  readonly line: number;
}

/** Absolute path of a file as the user names it: `$/...` from the project root, else from the working directory. */
export function manifestPath(name: string, context: ManifestContext): string {
  return name === '$' || name.startsWith('$/')
    ? resolve(context.projectRoot, `.${name.slice(1)}`)
    : resolve(context.workingDirectory, name);
}

function convert(document: ManifestDocument): KubeObject {
  const fields = FieldReader.of(document);
  const kind = fields.text('kind') ?? '';
  const converter = CONVERTERS[Object.keys(CONVERTERS).find((name) => name.toLowerCase() === kind.toLowerCase()) ?? ''];
  if (!converter) {
    throw fields.wrong(
      'kind',
      `${kind ? `${JSON.stringify(kind)} is unknown` : 'is missing'}, expected one of: ${Object.keys(CONVERTERS).join(', ')}`,
    );
  }
  return converter(fields);
}

function checkCanonical(document: ManifestDocument): KubeObject {
  const fields = FieldReader.of(document);
  for (const field of ['apiVersion', 'kind']) fields.requiredText(field);
  const metadata = fields.nested('metadata');
  if (!metadata) throw fields.wrong('metadata', 'is missing, expected fields with a name');
  if (!metadata.has('name') && !metadata.has('generateName'))
    throw metadata.wrong('name', 'is missing, expected a name');
  return document.value as unknown as KubeObject;
}

/** `kind: List`, as `get -o yaml` prints several objects: its items are documents, each with its own lines. */
function itemsOf(list: ManifestDocument): ManifestDocument[] {
  const { kind, items } = list.value;
  if (list.isDialect || typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [list];
  return items.map((item: unknown, index) => {
    const lineOf: ManifestDocument['lineOf'] = (path) => list.lineOf(['items', index, ...path]);
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new ManifestError(list.file, lineOf([]), `items[${index}]`, 'expected an object with fields');
    return { file: list.file, value: item as ManifestDocument['value'], isDialect: false, lineOf };
  });
}

/** Two documents that become the same object would overwrite each other. */
function refuseCollisions(manifests: readonly Manifest[]): void {
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { kind, metadata } = manifest.object;
    if (!metadata.name) continue;
    const key = `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    const other = seen.get(key);
    if (other) {
      const names = [other, manifest].map(({ object }) =>
        JSON.stringify(object.metadata.annotations?.[NAME_ANNOTATION] ?? object.metadata.name),
      );
      throw new ManifestError(
        manifest.file,
        manifest.line,
        'name',
        `${names[1]} and ${names[0]} (line ${other.line}) are the same ${kind} ${JSON.stringify(metadata.name)}`,
      );
    }
    seen.set(key, manifest);
  }
}

/** Text of one file to objects, in file order. Throws a ManifestError for the first mistake, and then nothing of the file counts. */
export function parseManifests(text: string, file: string, context: Pick<ManifestContext, 'env'>): Manifest[] {
  const expanded = expandTemplate(text, file, context.env);
  const documents = readDocuments(expanded, file);
  documents.forEach((document, index) => {
    if (!document.isDialect) return;
    const next = documents[index + 1]?.lineOf([]) ?? Number.POSITIVE_INFINITY;
    refuseExpressions(expanded, file, document.lineOf([]), next - 1);
  });
  const manifests = documents.flatMap(itemsOf).map(
    (document): Manifest => ({
      object: document.isDialect || !('apiVersion' in document.value) ? convert(document) : checkCanonical(document),
      file,
      line: document.lineOf([]),
    }),
  );
  refuseCollisions(manifests);
  return manifests;
}

export function loadManifests(name: string, context: ManifestContext): Manifest[] {
  const file = manifestPath(name, context);
  if (!existsSync(file)) throw new ManifestError(name, 0, '', `no such file (looked for ${file})`);
  if (statSync(file).isDirectory()) throw new ManifestError(name, 0, '', 'is a folder, expected a .yaml or .yml file');
  if (!/\.(ya?ml|json)$/.test(file)) throw new ManifestError(name, 0, '', 'expected a .yaml or .yml file');
  return parseManifests(readFileSync(file, 'utf8'), name, context);
}
