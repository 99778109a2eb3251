/**
 * An object in another version of its kind, for the owners that wrote in that version: what one version calls `targetCPUUtilizationPercentage`
 * is an item of `metrics` in another.
 *
 * Goes by the faces of the table (`Kind.face`): from the version at hand to the stored one, from there to the wanted one. A version behind a
 * conversion webhook cannot be asked in the middle of a write; there paths are taken to mean the same in all versions.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { type Kind, storedAs } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import type { JsonObject } from '../../../helper/patch/json-object';
import type { MapType } from '../apply/field-type';
import type { ConvertVersion } from '../apply/ownership';
import type { Registry } from '../registry';
import type { WatchCache } from '../watch/watch-cache';

/** One function a cache: nothing of it depends on the request. */
const converters = new WeakMap<WatchCache, ConvertVersion>();

function findVersion(registry: Registry, { plural }: Kind, apiVersion: string): Kind | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return registry.find(group, apiVersion.slice(slash + 1), plural)?.kind;
}

function isSameStorage(one: Kind, other: Kind): boolean {
  const [a, b] = [storedAs(one), storedAs(other)];
  return a.group === b.group && a.version === b.version && a.plural === b.plural;
}

/** Both ways are functions of this process, so `converted` is no promise; undefined when one is a webhook's. */
function translated(object: JsonObject, from: Kind, to: Kind): KubeObject | undefined {
  if (from.face?.isRemote || to.face?.isRemote) return undefined;
  let objects = [structuredClone(object) as unknown as KubeObject];
  if (from.face) objects = from.face.toStored(objects) as KubeObject[];
  if (to.face) objects = to.face.fromStored(objects) as KubeObject[];
  return objects[0];
}

/** Brings objects of a cache's kind to other versions; undefined for one that is not served. */
export function versionConverter(
  registry: Registry,
  cache: WatchCache,
  typeOf: (kind: Kind) => MapType,
): ConvertVersion {
  const known = converters.get(cache);
  if (known) return known;
  const { kind } = cache;
  const convert: ConvertVersion = (object, apiVersion) => {
    const other = findVersion(registry, kind, apiVersion);
    if (!other || !isSameStorage(kind, other)) return undefined;
    return { type: typeOf(other), object: (translated(object, kind, other) as unknown as JsonObject) ?? object };
  };
  converters.set(cache, convert);
  return convert;
}
