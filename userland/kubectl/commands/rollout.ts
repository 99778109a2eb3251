/**
 * `rollout status|history|undo|restart|pause|resume`: the versions of a Deployment.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/
 */
import type { Command } from 'commander';
import { type Deployment, deploymentResource } from '../../../helper/api/apps/deployment';
import { CommandError } from '../command-error';
import { addFileFlags, addSelectorFlags, durationMs, integer } from '../flags';
import { objectLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb, type VerbHost } from '../verb';
import { patchEach } from './patch-each';
import { renderHistory, revisionsOf, undoPatch } from './rollout-history';
import { followRollout } from './rollout-status';

interface RolloutFlags extends FileFlags, SelectorFlags {
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

/** Kubernetes also rolls DaemonSets and StatefulSets; left out because those kinds are not served yet. */
function deploymentOf({ resource, object }: FoundObject): Deployment {
  if (resource.kind !== deploymentResource.kind || resource.group !== deploymentResource.group)
    throw new CommandError(`no rollout of ${objectLabel(resource, object.metadata.name)}: only deployments have one`);
  return object as Deployment;
}

async function deployments(target: Target, context: Context): Promise<FoundObject[]> {
  const errors: unknown[] = [];
  const found = await findObjects(target, context, errors);
  if (errors.length > 0) throw errors[0];
  return found;
}

const status: Run = async ({ target, flags }, context) => {
  const timeoutMs = flags.timeout ? durationMs(flags.timeout) : 0;
  for (const found of await deployments(target, context))
    await followRollout(deploymentOf(found), context, { watch: flags.watch ?? true, timeoutMs });
};

const history: Run = async ({ target, flags }, context) => {
  for (const found of await deployments(target, context)) {
    const deployment = deploymentOf(found);
    const label = objectLabel(found.resource, deployment.metadata.name);
    const revisions = await revisionsOf(deployment, context.client);
    context.output.out(renderHistory(label, revisions, flags.revision));
  }
};

const undo: Run = async ({ target, flags }, context) => {
  for (const found of await deployments(target, context)) {
    const deployment = deploymentOf(found);
    const label = objectLabel(found.resource, deployment.metadata.name);
    if (deployment.spec?.paused)
      throw new CommandError(
        `cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
      );
    const patch = undoPatch(await revisionsOf(deployment, context.client), deployment, flags.toRevision ?? 0);
    if (!patch) {
      context.output.out(
        `${label} skipped rollback (current template already matches revision ${flags.toRevision ?? 0})\n`,
      );
      continue;
    }
    await context.client.patch(
      found.resource,
      deployment.metadata.namespace ?? '',
      deployment.metadata.name,
      'json',
      patch,
    );
    context.output.out(`${label} rolled back\n`);
  }
};

const restart: Run = ({ target }, context) =>
  patchEach(target, context, {}, (found) => {
    if (deploymentOf(found).spec?.paused)
      throw new CommandError(`can't restart paused deployment (run rollout resume first)`);
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString().replace(/\.\d+Z$/, 'Z') };
    return { type: 'strategic', patch: { spec: { template: { metadata: { annotations } } } }, done: 'restarted' };
  });

const setPaused =
  (paused: boolean): Run =>
  ({ target }, context) =>
    patchEach(target, context, {}, (found) => {
      const word = paused ? 'paused' : 'resumed';
      if ((deploymentOf(found).spec?.paused ?? false) === paused)
        throw new CommandError(
          `deployments.apps ${JSON.stringify(found.object.metadata.name)} ${paused ? 'is already paused' : 'is not paused'}`,
        );
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
    .description('versions of a deployment: status, history, undo, restart, pause, resume');
  add(parent, host, 'status', 'follow until it is done', status)
    .option('-w, --watch', 'until it is done', true)
    .option('--no-watch', 'only as it is now')
    .option('--timeout <duration>', 'how long at most');
  add(parent, host, 'history', 'its revisions', history).option('--revision <n>', 'one revision in full', integer);
  add(parent, host, 'undo', 'back to the revision before, or to another', undo).option(
    '--to-revision <n>',
    'that revision',
    integer,
  );
  add(parent, host, 'restart', 'new pods of the same template', restart);
  add(parent, host, 'pause', 'changes wait', setPaused(true));
  add(parent, host, 'resume', 'changes go on', setPaused(false));
};
