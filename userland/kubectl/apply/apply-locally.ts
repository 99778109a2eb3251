/**
 * A patch tried without the server, for `--dry-run=client -o yaml`: with the functions the server itself uses.
 */
import type { PatchType } from '../../../helper/client/client';
import { applyJsonPatch } from '../../../helper/patch/apply-json-patch';
import { applyMergePatch } from '../../../helper/patch/apply-merge-patch';
import { applyStrategicMergePatch } from '../../../helper/patch/apply-strategic-merge-patch';
import type { JsonObject } from '../../../helper/patch/json-object';
import type { FoundObject } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { schemaNameOf } from './schema-name';

/** The object with the patch applied; custom resources, which have no merge keys, take a strategic patch as a merge patch. */
export function applyLocally({ resource, object }: FoundObject, type: PatchType, patch: unknown): AnyObject {
  const plain = object as unknown as JsonObject;
  const schemaName = type === 'strategic' ? schemaNameOf(resource) : undefined;
  const patched =
    type === 'json'
      ? applyJsonPatch(plain, patch)
      : schemaName
        ? applyStrategicMergePatch(plain, patch, schemaName)
        : applyMergePatch(plain, patch);
  return patched as unknown as AnyObject;
}
