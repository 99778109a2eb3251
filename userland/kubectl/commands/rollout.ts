/**
 * `rollout status|history|undo|restart|pause|resume`: the versions of a Deployment, DaemonSet or StatefulSet.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/
 */
import type { Command } from 'commander';
import type { Resource } from '../../../helper/api/resource';
import { CommandError } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addManagerFlag,
  addOutputFlag,
  addSelectorFlags,
  dryRunWords,
  durationMs,
  integer,
  type OutputFlags,
  type WriteFlags,
} from '../flags';
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
import { type AddVerb, type Context, defineVerb, type Verb, type VerbHost } from '../verb';
import { patchEach } from './patch-each';
import { renderHistory, revisionsOf, undoPatch } from './rollout-history';
import { followRollout } from './rollout-status';

interface RolloutFlags extends FileFlags, SelectorFlags, WriteFlags, OutputFlags {
  readonly watch?: boolean;
  readonly timeout?: string;
  readonly revision?: number;
  readonly toRevision?: number;
}

interface RolloutRequest {
  readonly target: Target;
  readonly flags: RolloutFlags;
}

type Run = (request: RolloutRequest, context: Context) => Promise<void>;

/** What can be rolled out; Deployments alone can be paused. */
const ROLLED = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

const isPaused = (object: AnyObject) => (object.spec as { readonly paused?: boolean } | undefined)?.paused ?? false;

/** `services "web"` */
const nameOf = ({ resource, object }: FoundObject) =>
  `${resource.plural}${resource.group ? `.${resource.group}` : ''} ${JSON.stringify(object.metadata.name)}`;

async function rolled(target: Target, context: Context): Promise<FoundObject[]> {
  const errors: unknown[] = [];
  const found = await findObjects(target, context, errors);
  if (errors.length > 0) throw errors[0];
  return found;
}

const status: Run = async ({ target, flags }, context) => {
  const timeoutMs = flags.timeout ? durationMs(flags.timeout) : 0;
  for (const found of await rolled(target, context))
    await followRollout(found, context, { watch: flags.watch ?? true, timeoutMs });
};

const history: Run = async ({ target, flags }, context) => {
  for (const found of await rolled(target, context)) {
    const label = objectLabel(found.resource, found.object.metadata.name);
    context.output.out(renderHistory(label, await revisionsOf(found, context.client), flags.revision));
  }
};

const undo: Run = async ({ target, flags }, context) => {
  for (const found of await rolled(target, context)) {
    const { resource, object } = found;
    const { name, namespace = '' } = object.metadata;
    const label = objectLabel(resource, name);
    if (isPaused(object))
      throw new CommandError(
        `cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
      );
    const patch = undoPatch(await revisionsOf(found, context.client), object, flags.toRevision ?? 0);
    const options = { dryRun: flags.dryRun === 'server', fieldManager: 'kubectl-rollout' };
    if (patch && flags.dryRun !== 'client')
      await context.client.patch(resource as Resource<AnyObject>, namespace, name, 'json', patch, options);
    const skipped = `skipped rollback (current template already matches revision ${flags.toRevision ?? 0})`;
    context.output.out(`${label} ${patch ? `rolled back${dryRunWords(flags)}` : skipped}\n`);
  }
};

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

interface WithTemplate {
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
}

const restartedAt = (object: AnyObject) =>
  (object as WithTemplate).spec?.template?.metadata?.annotations?.[RESTARTED_AT];

/** Restarts are told apart by the second: a second one within it would change nothing. */
const restart: Run = ({ target, flags }, context) =>
  patchEach(target, context, { fieldManager: 'kubectl-rollout', ...flags }, (found) => {
    if (!ROLLED.has(found.resource.kind)) throw new CommandError(`${nameOf(found)} restarting is not supported`);
    if (isPaused(found.object))
      throw new CommandError(`${nameOf(found)} can't restart paused deployment (run rollout resume first)`);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    if (restartedAt(found.object) === now)
      throw new CommandError(
        `failed to create patch for ${found.object.metadata.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
      );
    const annotations = { [RESTARTED_AT]: now };
    return { type: 'strategic', patch: { spec: { template: { metadata: { annotations } } } }, done: 'restarted' };
  });

const setPaused =
  (paused: boolean): Run =>
  ({ target, flags }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-rollout', ...flags }, (found) => {
      const word = paused ? 'paused' : 'resumed';
      if (found.resource.kind !== 'Deployment')
        throw new CommandError(`${nameOf(found)} ${paused ? 'pausing' : 'resuming'} is not supported`);
      if (isPaused(found.object) === paused)
        throw new CommandError(`${nameOf(found)} ${paused ? 'is already paused' : 'is not paused'}`);
      return { type: 'strategic', patch: { spec: { paused: paused || null } }, done: word };
    });

function add(parent: Command, host: VerbHost, name: string, description: string, run: Run): Command {
  const command = addSelectorFlags(addFileFlags(parent.command(name).description(description)));
  const verb: Verb<RolloutFlags, RolloutRequest> = {
    complete: async (invocation, context) => ({
      target: await completeTarget(invocation, context),
      flags: invocation.flags,
    }),
    validate: ({ target }) => validateTarget(target, name),
    run,
  };
  defineVerb(command, host, verb);
  return command;
}

export const addRollout: AddVerb = (program, host) => {
  const parent = program
    .command('rollout')
    .description('versions of a workload: status, history, undo, restart, pause, resume');
  add(parent, host, 'status', 'follow until it is done', status)
    .option('-w, --watch', 'until it is done', true)
    .option('--no-watch', 'only as it is now')
    .option('--timeout <duration>', 'how long at most');
  add(parent, host, 'history', 'its revisions', history).option('--revision <n>', 'one revision in full', integer);
  addDryRunFlag(add(parent, host, 'undo', 'back to the revision before, or to another', undo)).option(
    '--to-revision <n>',
    'that revision',
    integer,
  );
  const changing = (name: string, description: string, run: Run) =>
    addOutputFlag(addManagerFlag(add(parent, host, name, description, run)));
  changing('restart', 'new pods of the same template', restart);
  changing('pause', 'changes wait', setPaused(true));
  changing('resume', 'changes go on', setPaused(false));
};
