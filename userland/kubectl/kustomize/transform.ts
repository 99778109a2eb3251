/**
 * What a kustomization does to every object: namespace, name, labels, annotations, replicas, images. Pure.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/#setting-cross-cutting-fields
 */
import type { AnyObject } from '../resources/get-object';
import type { ImageArgs, Kustomization, Texts } from './kustomization';
import { type Renames, renameKey, renameReferences } from './references';
import { changeAt, type Item, isNamespaced, mergeAt } from './resource-set';

const NEVER_RENAMED = new Set(['Namespace', 'CustomResourceDefinition', 'APIService']);
const WITH_TEMPLATE = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController'];
const WITH_SELECTOR = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'];
const SCALED = ['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'];

interface Place {
  readonly path: string;
  /** made where it is missing */
  readonly create: boolean;
}

/** Where the metadata of pods and jobs made from this kind stands. */
function templatesOf(kind: string): string[] {
  if (WITH_TEMPLATE.includes(kind)) return ['spec/template/metadata'];
  return kind === 'CronJob' ? ['spec/jobTemplate/metadata', 'spec/jobTemplate/spec/template/metadata'] : [];
}

function selectorsOf(kind: string): Place[] {
  if (kind === 'Service' || kind === 'ReplicationController') return [{ path: 'spec/selector', create: true }];
  if (WITH_SELECTOR.includes(kind)) return [{ path: 'spec/selector/matchLabels', create: true }];
  if (kind === 'Job' || kind === 'PodDisruptionBudget') return [{ path: 'spec/selector/matchLabels', create: false }];
  if (kind === 'CronJob') return [{ path: 'spec/jobTemplate/spec/selector/matchLabels', create: false }];
  if (kind === 'NetworkPolicy') return [{ path: 'spec/podSelector/matchLabels', create: false }];
  return [];
}

const mergePlaces = (object: AnyObject, places: readonly Place[], texts: Texts) =>
  places.reduce<unknown>(
    (value, { path, create }) => mergeAt(value, path.split('/'), texts, create),
    object,
  ) as AnyObject;

/** Labels on the object, and as told on what it selects and on what it makes. */
export function withLabels(
  object: AnyObject,
  pairs: Texts,
  how: { selectors: boolean; templates: boolean },
): AnyObject {
  const places: Place[] = [{ path: 'metadata/labels', create: true }];
  if (how.selectors) places.push(...selectorsOf(object.kind));
  if (how.selectors || how.templates)
    places.push(...templatesOf(object.kind).map((path) => ({ path: `${path}/labels`, create: true })));
  return mergePlaces(object, places, pairs);
}

export function withAnnotations(object: AnyObject, texts: Texts): AnyObject {
  const places = ['metadata', ...templatesOf(object.kind)].map((path) => ({
    path: `${path}/annotations`,
    create: true,
  }));
  return mergePlaces(object, places, texts);
}

/** `name[:tag][@digest]` changed as wished; as it was when it is another image. */
export function changedImage(image: string, { name, newName, newTag, digest }: ImageArgs): string {
  const [, repository = '', rest = ''] = /^(.*?)((?::[^/@]*)?(?:@.*)?)$/.exec(image) ?? [];
  if (repository !== name) return image;
  const suffix = digest ? `${newTag ? `:${newTag}` : ''}@${digest}` : newTag ? `:${newTag}` : rest;
  return `${newName ?? repository}${suffix}`;
}

/** Every `image` of containers, wherever they stand. */
function withImages(value: unknown, images: readonly ImageArgs[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withImages(item, images));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => {
    const isList = (key === 'containers' || key === 'initContainers') && Array.isArray(field);
    if (!isList) return [key, withImages(field, images)];
    const change = (image: unknown) => images.reduce((text, args) => changedImage(text, args), String(image));
    return [key, changeAt(field, ['*', 'image'], change)];
  });
  return Object.fromEntries(entries);
}

function namespaceMoved(item: Item, namespace: string): Item {
  const { object } = item;
  if (object.kind === 'Namespace') return renamedItem(item, namespace);
  if (!isNamespaced(object)) return item;
  return { ...item, object: { ...object, metadata: { ...object.metadata, namespace } } };
}

export function renamedItem(item: Item, name: string): Item {
  const { object, names } = item;
  return { ...item, names: [...names, name], object: { ...object, metadata: { ...object.metadata, name } } };
}

/** What names became between two states of the same items. */
export function renamesBetween(before: readonly Item[], after: readonly Item[]): Renames {
  return new Map(
    before.map(({ object }, index) => [
      renameKey(object.kind, object.metadata.name),
      after[index]?.object.metadata.name ?? object.metadata.name,
    ]),
  );
}

function withNames(items: readonly Item[], kustomization: Kustomization): Item[] {
  const { namespace, namePrefix = '', nameSuffix = '' } = kustomization;
  const renamed = items.map((item) => {
    const moved = namespace ? namespaceMoved(item, namespace) : item;
    const { kind, metadata } = moved.object;
    const isRenamed = (namePrefix || nameSuffix) && !NEVER_RENAMED.has(kind);
    return isRenamed ? renamedItem(moved, `${namePrefix}${metadata.name}${nameSuffix}`) : moved;
  });
  const renames = renamesBetween(items, renamed);
  return renamed.map((item) => renameReferences(item, renames, namespace));
}

/** Everything but patches, in kustomize's order. */
export function transform(items: readonly Item[], kustomization: Kustomization): Item[] {
  const { commonLabels, labels = [], commonAnnotations, replicas = [], images = [] } = kustomization;
  const wishes = [...(commonLabels ? [{ pairs: commonLabels, includeSelectors: true }] : []), ...labels].map(
    ({ pairs = {}, ...how }) => ({
      pairs,
      how: {
        selectors: how.includeSelectors ?? false,
        templates: 'includeTemplates' in how && how.includeTemplates === true,
      },
    }),
  );
  return withNames(items, kustomization).map((item) => {
    let { object } = item;
    for (const { pairs, how } of wishes) object = withLabels(object, pairs, how);
    if (commonAnnotations) object = withAnnotations(object, commonAnnotations);
    const wanted = replicas.find(({ name }) => item.names.includes(name) && SCALED.includes(object.kind));
    if (wanted) object = mergeAt(object, ['spec'], { replicas: wanted.count }, true) as AnyObject;
    if (images.length > 0) object = withImages(object, images) as AnyObject;
    return { ...item, object };
  });
}
