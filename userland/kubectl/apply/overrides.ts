/**
 * `--overrides`: JSON that is merged over an object made from flags.
 */
import { applyMergePatch } from '../../../helper/patch/apply-merge-patch';
import type { JsonObject } from '../../../helper/patch/json-object';
import { CommandError } from '../command-error';
import type { AnyObject } from '../resources/get-object';

/** The object with the overrides; throws for overrides that are no JSON. */
export function withOverrides(object: AnyObject, overrides: string | undefined): AnyObject {
  if (!overrides) return object;
  try {
    return applyMergePatch(object as unknown as JsonObject, JSON.parse(overrides)) as unknown as AnyObject;
  } catch (error) {
    throw new CommandError(`Invalid JSON Patch: ${error instanceof Error ? error.message : error}`);
  }
}
