/**
 * Name, namespace and the fields of metadata the server owns: what a new object gets, and what an update may not touch.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, conflict } from '../../../helper/api/status-error';

/** No vowels and no look-alikes, so that no words come out. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const LONGEST_GENERATED_BASE = 58;

/** A time as the API writes it: RFC 3339, whole seconds, UTC. */
export function apiTime(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** A name from generateName: five random letters behind it. */
export function generateName(base: string): string {
  let suffix = '';
  for (let index = 0; index < SUFFIX_LENGTH; index++) suffix += SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)];
  return base.slice(0, LONGEST_GENERATED_BASE) + suffix;
}

/** Puts the namespace of the path into the object; throws BadRequest when the object names another. */
export function placeInNamespace(kind: Kind, object: KubeObject, namespace: string): void {
  if (!kind.namespaced) return;
  const own = object.metadata.namespace;
  if (own && own !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  object.metadata.namespace = namespace;
}

/** Gives the object the name of the path; throws BadRequest when it names itself otherwise. */
export function placeUnderName(object: KubeObject, name: string): void {
  const own = object.metadata.name;
  if (own && own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  object.metadata.name = name;
}

/** Throws Conflict when a patched object names a resourceVersion other than the current one: it is meant for that state only. */
export function assertVersionOfPatch(kind: Kind, { metadata }: KubeObject, revision: number): void {
  const { resourceVersion, name } = metadata;
  if (!resourceVersion || resourceVersion === String(revision)) return;
  throw conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

const EMPTIABLE = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Metadata knows no empty maps and lists: they are the same as none. */
function dropEmpty(meta: KubeObject['metadata']): void {
  for (const key of EMPTIABLE) {
    const value = meta[key];
    if (value !== undefined && isEmpty(value)) delete meta[key];
  }
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** Sets what only the server may set on a new object. managedFields are the next step's (`field-owners.ts`). */
export function fillNewMetadata(kind: Kind, object: KubeObject, now: Date): void {
  const meta = object.metadata;
  delete meta.resourceVersion;
  delete meta.selfLink;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.generation;
  dropEmpty(meta);
  if (kind.strategy.hasGeneration) meta.generation = 1;
  meta.uid = randomUUID();
  meta.creationTimestamp = apiTime(now);
}

/**
 * Carries the server's fields into an update that left them out; validation refuses those it changed. managedFields are the
 * next step's (`field-owners.ts`). Throws Conflict for another uid.
 */
export function carryOverMetadata(kind: Kind, object: KubeObject, old: KubeObject): void {
  const meta = object.metadata;
  const before = old.metadata;
  if (meta.uid && meta.uid !== before.uid) {
    throw conflict(
      kind,
      before.name,
      `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${before.uid}`,
    );
  }
  delete meta.selfLink;
  delete meta.generation;
  dropEmpty(meta);
  if (before.generation !== undefined) meta.generation = before.generation;
  for (const key of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const) {
    if (meta[key] === undefined && before[key] !== undefined) Object.assign(meta, { [key]: before[key] });
  }
  meta.resourceVersion = before.resourceVersion ?? '';
}
