/**
 * Names as the dialect's users know them: the name they wrote, and the instance name that tells two lives of it apart.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { canonicalName, NAME_ANNOTATION } from '../../../helper/dialect/canonical-name';

const SUFFIX_LENGTH = 8;

export function shownName({ metadata }: KubeObject): string {
  return metadata.annotations?.[NAME_ANNOTATION] ?? metadata.name;
}

/** `shop-1a2b3c4d`: with the beginning of the uid. */
export function instanceName(object: KubeObject): string {
  return `${object.metadata.name}-${(object.metadata.uid ?? '').slice(0, SUFFIX_LENGTH)}`;
}

/** True when the user means this object: by its name, the name it was written with, or its instance name. */
export function isCalled(object: KubeObject, name: string): boolean {
  const names = [object.metadata.name, shownName(object), instanceName(object)];
  return names.includes(name) || object.metadata.name === canonicalName(name);
}
