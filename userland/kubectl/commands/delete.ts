/**
 * `delete`: by name, selector or file; waits until the objects are gone, unless told not to.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/
 */
import { isNotFound } from '../../../helper/api/status-error';
import type { DeleteOptions } from '../../../helper/client/client';
import { CommandError, throwCollected } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addSelectorFlags,
  type DryRunFlags,
  dryRunWords,
  durationMs,
  integer,
} from '../flags';
import { objectLabel, typeLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { waitUntilGone } from '../resources/wait-gone';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const CASCADES = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;
const FORCE_WARNING =
  'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n';

interface DeleteFlags extends FileFlags, SelectorFlags, DryRunFlags {
  readonly force?: boolean;
  readonly gracePeriod?: number;
  readonly now?: boolean;
  readonly wait: boolean;
  readonly timeout?: string;
  readonly cascade?: string;
  readonly ignoreNotFound?: boolean;
  readonly output?: string;
}

interface DeleteRequest {
  readonly target: Target;
  readonly flags: DeleteFlags;
  readonly options: DeleteOptions;
  readonly timeoutMs: number;
}

const verb: Verb<DeleteFlags, DeleteRequest> = {
  async complete(invocation, context) {
    const { flags } = invocation;
    const grace = flags.now ? 1 : flags.force && flags.gracePeriod === undefined ? 0 : flags.gracePeriod;
    const cascade = CASCADES[flags.cascade as keyof typeof CASCADES] ?? 'Background';
    return {
      target: await completeTarget(invocation, context),
      flags,
      options: {
        propagationPolicy: cascade,
        dryRun: flags.dryRun === 'server',
        ...(grace !== undefined && grace >= 0 ? { gracePeriodSeconds: grace } : {}),
      },
      timeoutMs: flags.timeout ? durationMs(flags.timeout) : 0,
    };
  },

  validate({ target, flags }) {
    validateTarget(target, 'delete');
    const { selections } = target;
    const wholeType = selections.some(({ names }) => names.length === 0);
    if (wholeType && !flags.all && !flags.selector && !flags.fieldSelector)
      throw new CommandError('resource(s) were provided, but no name was specified');
    if (flags.all && flags.selector) throw new CommandError('cannot set --all and --selector at the same time');
    if (flags.now && flags.gracePeriod !== undefined && flags.gracePeriod >= 0)
      throw new CommandError('--now and --grace-period cannot be specified together');
    if (flags.gracePeriod === 0 && !flags.force && flags.now)
      throw new CommandError('--grace-period must be greater than 0 unless --force is specified');
    if (flags.force && flags.gracePeriod !== undefined && flags.gracePeriod > 0)
      throw new CommandError('--force and --grace-period greater than 0 cannot be specified together');
    if (flags.cascade && !(flags.cascade in CASCADES))
      throw new CommandError(
        `invalid cascade value (${flags.cascade}). Must be "background", "foreground", or "orphan"`,
      );
    if (flags.output && flags.output !== 'name')
      throw new CommandError(`unexpected -o output mode: ${flags.output}. We only support '-o name'`);
  },

  async run(request, context) {
    const errors: unknown[] = [];
    const found = await findObjects(request.target, context, errors, 'deleting');
    if (request.flags.force) context.output.err(FORCE_WARNING);
    const deleted: FoundObject[] = [];
    for (const item of found) {
      await deleteOne(item, request, context).then(
        () => deleted.push(item),
        (error) => errors.push(error),
      );
    }
    const relevant = request.flags.ignoreNotFound ? errors.filter((error) => !isNotFound(error)) : errors;
    if (found.length === 0 && errors.length === 0) context.output.out('No resources found\n');
    if (request.flags.wait && !request.flags.dryRun) {
      for (const item of deleted)
        await waitUntilGone(item, context, request.timeoutMs).catch((error) => relevant.push(error));
    }
    throwCollected(relevant);
  },
};

async function deleteOne({ resource, object }: FoundObject, request: DeleteRequest, context: Context): Promise<void> {
  const { namespace = '', name } = object.metadata;
  if (request.flags.dryRun !== 'client') await context.client.delete(resource, namespace, name, request.options);
  const { flags } = request;
  const how = flags.force ? ' force deleted' : ' deleted';
  context.output.out(
    flags.output === 'name'
      ? `${objectLabel(resource, name)}\n`
      : `${typeLabel(resource)} ${JSON.stringify(name)}${how}${dryRunWords(flags)}\n`,
  );
}

export const addDelete: AddVerb = (program, host) => {
  const command = addDryRunFlag(
    addSelectorFlags(
      addFileFlags(program.command('delete').description('delete objects: delete pod web, delete -f web.yaml')),
    ),
  )
    .option('--all', 'all objects of the type in the namespace')
    .option('--force', 'at once, without waiting for the node (with --grace-period=0)')
    .option('--grace-period <seconds>', 'time to end in; -1: the object says', integer)
    .option('--now', 'like --grace-period=1')
    .option('--wait', 'wait until the objects are gone', true)
    .option('--no-wait', 'do not wait')
    .option('--timeout <duration>', 'how long to wait at most; 0: for ever')
    .option('--cascade <policy>', 'background, foreground or orphan: what happens to dependents')
    .option('--ignore-not-found', 'an object that does not exist is no error')
    .option('-o, --output <format>', 'name');
  defineVerb(command, host, verb);
};
