/**
 * Carries out a plan: step by step, the writes of a step in parallel, creates in growing batches.
 *
 * Slow start: when every create fails (quota, a bad template), one failure is learnt from one request instead of from
 * hundreds. A failed write lets its step finish and ends the plan; the caller tries again from the state that came of it.
 */
import type { KubeObject } from '../api/meta';
import type { Resource } from '../api/resource';
import { isAlreadyExists, isConflict, isNotFound } from '../api/status-error';
import type { ApiClient } from '../client/client';
import { placeOf } from '../client/request-path';
import type { EventDraft, Plan, View, Write } from './controller';
import { sameJson } from './same-json';

/** What applying needs of its surroundings. */
export interface PlanContext {
  /** the client whose writes name their cause */
  readonly client: ApiClient;
  readonly view: View;
  /** hears each write that succeeded: the object as the server returned it, or as it was when it is gone */
  wrote(resource: Resource, object: KubeObject, isDeletion: boolean): void;
  /** hears the events tied to single writes */
  event(draft: EventDraft): void;
}

const FIRST_BATCH = 1;

/** Resolves when all is written; otherwise throws the failure that matters most, after its step has ended. */
export async function applyPlan(plan: Plan, context: PlanContext): Promise<void> {
  for (const step of plan.steps) {
    const creates = step.filter((write) => write.verb === 'create');
    const others = step.filter((write) => write.verb !== 'create');
    const results = await Promise.all([applySlowly(creates, context), applyAll(others, context)]);
    const failures = results.flat();
    if (failures.length > 0) {
      const failure = worst(failures);
      if (plan.onFailure && !isConflict(failure)) await applyAll(plan.onFailure(messageOf(failure)), context);
      throw failure;
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Batches of 1, 2, 4, ... until one of them has a failure; the rest is left for the next try. */
async function applySlowly(writes: readonly Write[], context: PlanContext): Promise<unknown[]> {
  let start = 0;
  for (let size = FIRST_BATCH; start < writes.length; size *= 2) {
    const failures = await applyAll(writes.slice(start, start + size), context);
    if (failures.length > 0) return failures;
    start += size;
  }
  return [];
}

/** Applies all of them at once and returns the failures. */
async function applyAll(writes: readonly Write[], context: PlanContext): Promise<unknown[]> {
  const results = await Promise.allSettled(writes.map((write) => applyWrite(write, context)));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}

/** A conflict only says that the plan is old; any other failure says more. */
function worst(failures: readonly unknown[]): unknown {
  return failures.find((failure) => !isConflict(failure)) ?? failures[0];
}

async function applyWrite(write: Write, context: PlanContext): Promise<void> {
  try {
    const written = await send(write, context);
    if (write.onSuccess && written) context.event(fillIn(write.onSuccess, written.metadata.name, ''));
  } catch (error) {
    if (write.onFailure && !isConflict(error)) {
      context.event(fillIn(write.onFailure, nameOf(write), messageOf(error)));
    }
    throw error;
  }
}

const nameOf = (write: Write) =>
  write.verb === 'patch' ? write.name : (write.object.metadata.name ?? write.object.metadata.generateName ?? '');

function fillIn(draft: EventDraft, name: string, error: string): EventDraft {
  return { ...draft, message: draft.message.replaceAll('{name}', () => name).replaceAll('{error}', () => error) };
}

/** Sends one write; undefined when there was nothing to do. */
async function send(write: Write, { client, view, wrote }: PlanContext): Promise<KubeObject | undefined> {
  const { resource } = write;
  switch (write.verb) {
    case 'create':
      return note(await createUnlessThere(client, write));
    case 'update':
      return note(await client.update(resource, write.object));
    case 'updateStatus':
      return isStatusCurrent(view, resource, write.object)
        ? undefined
        : note(await client.updateStatus(resource, write.object));
    case 'patch': {
      const { namespace, name, type = 'merge', body, subresource } = write;
      return note(await client.patch(resource, namespace, name, type, body, subresource ? { subresource } : {}));
    }
    case 'delete':
      return remove(write);
  }

  function note(object: KubeObject | undefined): KubeObject | undefined {
    if (object) wrote(resource, object, false);
    return object;
  }

  async function remove({ object, options }: Write & { verb: 'delete' }): Promise<KubeObject | undefined> {
    const { namespace, name } = placeOf(object);
    // Without the uid, a new object of the same name could be hit.
    const uid = object.metadata.uid;
    const precondition = uid ? { uid } : {};
    try {
      const left = await client.delete(resource, namespace, name, { ...precondition, ...options });
      wrote(resource, left ?? object, left === undefined);
      return left ?? object;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      wrote(resource, object, true);
      return undefined;
    }
  }
}

async function createUnlessThere(
  client: ApiClient,
  write: Write & { verb: 'create' },
): Promise<KubeObject | undefined> {
  try {
    return await client.create(write.resource, write.object);
  } catch (error) {
    if (write.ignoreExisting && isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/** Writing a status that is already there costs a request and wakes everybody for nothing. */
function isStatusCurrent(view: View, resource: Resource, object: KubeObject): boolean {
  const { namespace, name } = placeOf(object);
  let current: KubeObject | undefined;
  try {
    current = view.cache(resource).get(namespace, name);
  } catch {
    return false; // Not a kind this controller watches, so there is nothing to compare with.
  }
  if (!current || current.metadata.uid !== object.metadata.uid) return false;
  return sameJson(statusOf(current), statusOf(object));
}

const statusOf = (object: KubeObject) => (object as KubeObject & { status?: unknown }).status;
