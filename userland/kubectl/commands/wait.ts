/**
 * `wait --for=condition=Ready pod/web`: until a condition, a value or a deletion, by watching.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '../../../helper/api/resource';
import { isNotFound } from '../../../helper/api/status-error';
import { CommandError, throwCollected } from '../command-error';
import { addFileFlags, addSelectorFlags, durationMs } from '../flags';
import { evaluatePath, printValue } from '../print/jsonpath';
import { parseRelaxedPath, type Step } from '../print/jsonpath-syntax';
import { objectLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { waitUntilGone } from '../resources/wait-gone';
import { watchUntil } from '../resources/watch-until';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const DEFAULT_TIMEOUT = '30s';
const LOOK_AGAIN_MS = 250;

interface WaitFlags extends FileFlags, SelectorFlags {
  readonly for?: string;
  readonly timeout?: string;
}

export type Goal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'create' }
  | { readonly kind: 'condition'; readonly type: string; readonly status: string }
  | { readonly kind: 'jsonpath'; readonly path: readonly Step[]; readonly value: string | undefined };

interface WaitRequest {
  readonly target: Target;
  readonly goal: Goal;
  readonly timeoutMs: number;
}

/** Throws for text that is no goal. */
export function parseGoal(text = ''): Goal {
  if (text.toLowerCase() === 'delete') return { kind: 'delete' };
  if (text.toLowerCase() === 'create') return { kind: 'create' };
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (condition?.[1]) return { kind: 'condition', type: condition[1], status: condition[2] ?? 'true' };
  const path = /^jsonpath=('?)(\{.*\})\1(?:=(.*))?$/.exec(text);
  if (path?.[2]) return { kind: 'jsonpath', path: parseRelaxedPath(path[2]), value: path[3] };
  const relaxed = /^jsonpath=([^{][^=]*)(?:=(.*))?$/.exec(text);
  if (relaxed?.[1]) return { kind: 'jsonpath', path: parseRelaxedPath(relaxed[1]), value: relaxed[2] };
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`);
}

interface WithConditions {
  readonly metadata: { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** True when the object is as wanted. A status that is older than the spec does not count. */
export function isReached(object: AnyObject, goal: Goal): boolean {
  if (goal.kind === 'delete') return false;
  if (goal.kind === 'create') return true;
  if (goal.kind === 'jsonpath') {
    const values = evaluatePath(goal.path, object);
    return goal.value === undefined ? values.length > 0 : values.some((value) => printValue(value) === goal.value);
  }
  const { metadata, status } = object as WithConditions;
  if (status?.observedGeneration !== undefined && status.observedGeneration < (metadata.generation ?? 0)) return false;
  const found = status?.conditions?.find(({ type }) => type.toLowerCase() === goal.type.toLowerCase());
  return found?.status.toLowerCase() === goal.status.toLowerCase();
}

/** Objects that do not exist yet, once they do. Throws at the limit. */
async function untilFound(
  target: Target,
  context: Context,
  limitMs: number,
  errors: unknown[],
): Promise<FoundObject[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const missing: unknown[] = [];
    const found = await findObjects(target, context, missing);
    if (found.length > 0 && missing.length === 0) return found;
    const fatal = missing.filter((error) => !isNotFound(error));
    if (fatal.length > 0) {
      errors.push(...fatal);
      return found;
    }
    if (Date.now() >= deadline || context.signal.aborted) throw new CommandError('timed out waiting for the condition');
    await sleep(LOOK_AGAIN_MS);
  }
}

const placeOf = ({ resource, object }: FoundObject) => ({
  resource: resource as Resource<AnyObject>,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

const verb: Verb<WaitFlags, WaitRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    goal: parseGoal(invocation.flags.for),
    timeoutMs: durationMs(invocation.flags.timeout ?? DEFAULT_TIMEOUT),
  }),
  validate({ target }) {
    validateTarget(target, 'wait for');
    const { selector, fieldSelector, all } = target.selectors;
    if (target.selections.some(({ names }) => names.length === 0) && !selector && !fieldSelector && !all)
      throw new CommandError('resource(s) were provided, but no name was specified');
  },
  async run({ target, goal, timeoutMs }, context) {
    const errors: unknown[] = [];
    const found = await (goal.kind === 'create'
      ? untilFound(target, context, timeoutMs, errors)
      : findObjects(target, context, errors));
    // What is gone already is what `--for=delete` waits for.
    const missing = goal.kind === 'delete' ? errors.filter((error) => !isNotFound(error)) : errors;
    if (found.length === 0 && errors.length === 0) {
      if (goal.kind === 'delete') return;
      throw new CommandError('no matching resources found');
    }
    const limit = AbortSignal.timeout(Math.max(timeoutMs, 1));
    const signal = AbortSignal.any([context.signal, limit]);
    for (const item of found) {
      const label = objectLabel(item.resource, item.object.metadata.name);
      try {
        if (goal.kind === 'delete') await waitUntilGone(item, context, Math.max(timeoutMs, 1));
        else if (!(await watchUntil(placeOf(item), (object) => isReached(object, goal), context, signal)))
          throw new CommandError(
            `timed out waiting for the condition on ${item.resource.plural}/${item.object.metadata.name}`,
          );
        context.output.out(`${label} condition met\n`);
      } catch (error) {
        missing.push(error);
      }
    }
    throwCollected(missing);
  },
};

export const addWait: AddVerb = (program, host) => {
  const command = addSelectorFlags(
    addFileFlags(program.command('wait').description('wait --for=condition=Ready pod/web')),
  )
    .option('--for <goal>', 'create, delete, condition=TYPE[=STATUS], jsonpath={PATH}[=VALUE]')
    .option('--timeout <duration>', 'how long at most; 30s when left out')
    .option('--all', 'all objects of the type');
  defineVerb(command, host, verb);
};
