/**
 * Builds a kustomization: resources and lower kustomizations, then generators, patches and transformations, layer by layer; at the very
 * end hashes go into names and the objects into the order in which a cluster can take them.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CommandError } from '../command-error';
import type { AnyObject } from '../resources/get-object';
import { contentHash, type Generated, generate } from './generate';
import { type Kustomization, readKustomization } from './kustomization';
import { applyPatch } from './patch';
import { renameReferences } from './references';
import { type Item, sortedForApply } from './resource-set';
import { renamedItem, renamesBetween, transform } from './transform';

const MAX_DEPTH = 32;

const itemOf = (object: AnyObject, hasHash = false): Item => ({ object, names: [object.metadata.name], hasHash });

function objectsIn(file: string, shown: string): AnyObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new CommandError(`accumulating resources from '${shown}': ${error.message}`);
    const value = document.toJS() as (AnyObject & { readonly items?: readonly AnyObject[] }) | null;
    if (!value) return [];
    if (value.kind?.endsWith('List') && Array.isArray(value.items)) return [...value.items];
    if (!value.kind || !value.apiVersion || !value.metadata?.name)
      throw new CommandError(
        `accumulating resources from '${shown}': missing ${value.kind ? (value.apiVersion ? 'metadata.name' : 'apiVersion') : 'kind'} in object ${JSON.stringify(value).slice(0, 80)}`,
      );
    return [value];
  });
}

/** Files of a kustomization lie below its folder, as kustomize wants it. */
function fileOf(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith('..'))
    throw new CommandError(`security; file '${path}' is not in or below '${folder}'`);
  if (!existsSync(path))
    throw new CommandError(`evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`);
  return path;
}

function accumulate(folder: string, kustomization: Kustomization, depth: number): Item[] {
  const names = [...(kustomization.resources ?? []), ...(kustomization.bases ?? [])];
  return names.flatMap((name) => {
    if (/^(https?:|git@|github\.com)/.test(name))
      throw new CommandError(`accumulating resources from '${name}': remote resources are not supported`);
    const path = resolve(folder, name);
    if (!existsSync(path))
      throw new CommandError(
        `accumulating resources: accumulation err='accumulating resources from '${name}': evalsymlink failure on '${path}' : lstat ${path}: no such file or directory'`,
      );
    if (statSync(path).isDirectory()) return buildLayer(path, depth + 1);
    return objectsIn(fileOf(folder, name), name).map((object) => itemOf(object));
  });
}

type WithData = AnyObject & { readonly data?: object; readonly binaryData?: object };

/** Adds what a generator made, or lays it over the object of a lower layer. */
function addGenerated(items: readonly Item[], { object, behavior, hasHash }: Generated): Item[] {
  const { kind, metadata } = object;
  const present = items.find((item) => item.object.kind === kind && item.names.includes(metadata.name));
  if (behavior === 'create') {
    if (present)
      throw new CommandError(
        `id resid.ResId{Kind:${kind}, Name:${metadata.name}} exists; behavior must be merge or replace`,
      );
    return [...items, itemOf(object, hasHash)];
  }
  if (!present)
    throw new CommandError(
      `id resid.ResId{Kind:${kind}, Name:${metadata.name}} does not exist; cannot merge or replace`,
    );
  const [below, above] = [present.object as WithData, object as WithData];
  const data = behavior === 'merge' ? { ...below.data, ...above.data } : above.data;
  const binaryData = behavior === 'merge' ? { ...below.binaryData, ...above.binaryData } : above.binaryData;
  const next = {
    ...above,
    metadata: {
      ...below.metadata,
      ...(above.metadata.labels ? { labels: { ...below.metadata.labels, ...above.metadata.labels } } : {}),
      ...(above.metadata.annotations
        ? { annotations: { ...below.metadata.annotations, ...above.metadata.annotations } }
        : {}),
    },
    ...(data && Object.keys(data).length > 0 ? { data } : {}),
    ...(binaryData && Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  } as AnyObject;
  return items.map((item) => (item === present ? { ...item, object: next } : item));
}

function generated(
  folder: string,
  { configMapGenerator, secretGenerator, generatorOptions }: Kustomization,
): Generated[] {
  const read = (name: string) => readFileSync(fileOf(folder, name));
  const common = generatorOptions ?? {};
  return [
    ...(configMapGenerator ?? []).map((args) => generate('ConfigMap', args, common, read)),
    ...(secretGenerator ?? []).map((args) => generate('Secret', args, common, read)),
  ];
}

function patched(items: readonly Item[], folder: string, kustomization: Kustomization): Item[] {
  const { patches = [], patchesStrategicMerge = [], patchesJson6902 = [] } = kustomization;
  const isInline = (text: string) => text.includes('\n');
  const all = [
    ...patchesStrategicMerge.map((text) => (isInline(text) ? { patch: text } : { path: text })),
    ...patches,
    ...patchesJson6902,
  ];
  return all.reduce<Item[]>(
    (now, args) => {
      const text = args.patch ?? ('path' in args && args.path ? readFileSync(fileOf(folder, args.path), 'utf8') : '');
      return applyPatch(now, args, text);
    },
    [...items],
  );
}

function buildLayer(folder: string, depth: number): Item[] {
  if (depth > MAX_DEPTH) throw new CommandError(`kustomizations nest deeper than ${MAX_DEPTH}: does one name itself?`);
  const kustomization = readKustomization(folder, folder);
  const accumulated = accumulate(folder, kustomization, depth);
  const complete = generated(folder, kustomization).reduce<Item[]>(addGenerated, accumulated);
  return transform(patched(complete, folder, kustomization), kustomization);
}

/** The objects of a kustomization, in order. Throws CommandErrors for whatever is wrong with it. */
export function buildKustomization(folder: string): AnyObject[] {
  if (!existsSync(folder))
    throw new CommandError(
      `must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${folder}: no such file or directory`,
    );
  if (!statSync(folder).isDirectory())
    throw new CommandError(`must build at directory: '${folder}': file is not directory`);
  const items = buildLayer(resolve(folder), 0);
  const hashed = items.map((item) =>
    item.hasHash ? renamedItem(item, `${item.object.metadata.name}-${contentHash(item.object)}`) : item,
  );
  const renames = renamesBetween(items, hashed);
  return sortedForApply(hashed.map((item) => renameReferences(item, renames))).map(({ object }) => object);
}
