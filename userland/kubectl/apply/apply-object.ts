/**
 * Applies one object: creates it, or patches the difference between what was applied, what is wanted and what is there.
 */
import { apiVersionOf } from '../../../helper/api/resource';
import { isAlreadyExists, isConflict, isNotFound } from '../../../helper/api/status-error';
import type { WriteOptions } from '../../../helper/client/client';
import type { DryRun } from '../flags';
import { objectLabel, type ServedResource } from '../resources/discovery';
import type { AnyObject } from '../resources/get-object';
import type { Context } from '../verb';
import { LAST_APPLIED, lastApplied, withLastApplied } from './last-applied';
import { schemaNameOf } from './schema-name';
import { threeWayPatch } from './three-way-patch';

const MAX_CONFLICTS = 5;

export interface ApplyOptions {
  readonly dryRun: DryRun;
  readonly serverSide: boolean;
  readonly forceConflicts: boolean;
  readonly write: WriteOptions;
}

export interface Applied {
  readonly object: AnyObject;
  readonly outcome: 'created' | 'configured' | 'unchanged' | 'serverside-applied';
}

async function find(resource: ServedResource, object: AnyObject, context: Context): Promise<AnyObject | undefined> {
  const { namespace = '', name } = object.metadata;
  return context.client.get<AnyObject>(resource, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

function warnNeverApplied(resource: ServedResource, { metadata }: AnyObject, context: Context): void {
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) return;
  context.output.err(
    `Warning: resource ${resource.plural}/${metadata.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
  );
}

async function patchOnce(
  resource: ServedResource,
  object: AnyObject,
  current: AnyObject,
  options: ApplyOptions,
  context: Context,
): Promise<Applied> {
  const schemaName = schemaNameOf(resource);
  const wanted = withLastApplied(object);
  const patch = threeWayPatch(lastApplied(current), wanted, current, schemaName);
  if (options.dryRun === 'client') return { object: current, outcome: 'configured' };
  if (Object.keys(patch).length === 0) return { object: current, outcome: 'unchanged' };
  const { namespace = '', name } = current.metadata;
  const type = schemaName ? 'strategic' : 'merge';
  const patched = await context.client.patch<AnyObject>(resource, namespace, name, type, patch, options.write);
  const isSame = patched.metadata.resourceVersion === current.metadata.resourceVersion;
  return { object: patched, outcome: isSame ? 'unchanged' : 'configured' };
}

async function applyClientSide(resource: ServedResource, object: AnyObject, options: ApplyOptions, context: Context) {
  for (let tries = 1; ; tries += 1) {
    const current = await find(resource, object, context);
    try {
      if (current) {
        if (tries === 1) warnNeverApplied(resource, current, context);
        return await patchOnce(resource, object, current, options, context);
      }
      const wanted = withLastApplied(object);
      if (options.dryRun === 'client') return { object: wanted, outcome: 'created' } as const;
      const created = await context.client.create<AnyObject>(resource, wanted, options.write);
      return { object: created, outcome: 'created' } as const;
    } catch (error) {
      // Somebody else wrote in between: look again.
      if (tries >= MAX_CONFLICTS || !(isConflict(error) || isAlreadyExists(error))) throw error;
    }
  }
}

async function applyServerSide(resource: ServedResource, object: AnyObject, options: ApplyOptions, context: Context) {
  const { namespace = '', name } = object.metadata;
  const body = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
  const applied = await context.client.patch<AnyObject>(resource, namespace, name, 'apply', body, {
    ...options.write,
    force: options.forceConflicts,
  });
  return { object: applied, outcome: 'serverside-applied' } as const;
}

/** `object` carries the namespace it goes to. */
export function applyObject(
  resource: ServedResource,
  object: AnyObject,
  options: ApplyOptions,
  context: Context,
): Promise<Applied> {
  return (options.serverSide ? applyServerSide : applyClientSide)(resource, object, options, context);
}

/** `deployment.apps/web created` */
export function appliedLine(resource: ServedResource, { object, outcome }: Applied, suffix = ''): string {
  return `${objectLabel(resource, object.metadata.name)} ${outcome}${suffix}\n`;
}
