/**
 * `replace -f`: puts the whole object of a file in the place of the one that is there; with `--force` deletes and creates.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_replace/
 */
import { isNotFound } from '../../../helper/api/status-error';
import { lastApplied, withLastApplied } from '../apply/last-applied';
import { CommandError, throwCollected, withContext } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addOutputFlag,
  addWriteFlags,
  dryRunWords,
  integer,
  type OutputFlags,
  type WriteFlags,
  writeOptionsOf,
} from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel, typeLabel } from '../resources/discovery';
import { type FoundObject, namespaceOf } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { type FileFlags, readManifests } from '../resources/manifests';
import { waitUntilGone } from '../resources/wait-gone';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const MANAGER = 'kubectl-replace';

interface ReplaceFlags extends FileFlags, WriteFlags, OutputFlags {
  readonly force?: boolean;
  readonly gracePeriod?: number;
  readonly saveConfig?: boolean;
}

interface ReplaceRequest {
  readonly flags: ReplaceFlags;
  readonly manifests: Awaited<ReturnType<typeof readManifests>>;
}

/** The object there is now; undefined when there is none. */
async function present({ resource, object }: FoundObject, { client }: Context): Promise<AnyObject | undefined> {
  const { namespace = '', name } = object.metadata;
  return client.get<AnyObject>(resource, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

async function forceReplace(wanted: FoundObject, flags: ReplaceFlags, context: Context): Promise<AnyObject> {
  const { resource, object } = wanted;
  const { namespace = '', name } = object.metadata;
  const current = await present(wanted, context);
  if (current) {
    const gracePeriodSeconds = flags.gracePeriod ?? 0;
    await context.client.delete(resource, namespace, name, {
      propagationPolicy: 'Background',
      ...(gracePeriodSeconds >= 0 ? { gracePeriodSeconds } : {}),
    });
    context.output.out(`${typeLabel(resource)} ${JSON.stringify(name)} deleted\n`);
    await waitUntilGone({ resource, object: current }, context, 0);
  }
  return context.client.create<AnyObject>(resource, object, writeOptionsOf(flags, MANAGER));
}

async function replace(wanted: FoundObject, flags: ReplaceFlags, context: Context): Promise<AnyObject> {
  if (flags.force) return forceReplace(wanted, flags, context);
  if (flags.dryRun === 'client') return wanted.object;
  const current = flags.saveConfig ? undefined : await present(wanted, context);
  // A configuration that apply remembers stays one.
  const isRemembered = flags.saveConfig || (current && lastApplied(current) !== undefined);
  const object = isRemembered ? withLastApplied(wanted.object) : wanted.object;
  return context.client.update<AnyObject>(wanted.resource, object, writeOptionsOf(flags, MANAGER));
}

const verb: Verb<ReplaceFlags, ReplaceRequest> = {
  complete: async ({ flags }, { shell }) => ({ flags, manifests: await readManifests(flags, shell) }),
  validate({ flags }) {
    if (!flags.filename?.length && !flags.kustomize) throw new CommandError('must specify one of -f and -k');
    if (flags.gracePeriod !== undefined && flags.gracePeriod >= 0 && !flags.force)
      throw new CommandError('--grace-period must have --force specified');
  },
  async run({ flags, manifests }, context) {
    const errors: unknown[] = [];
    const format = parseOutputFormat(flags.output);
    for (const { object, file } of manifests) {
      try {
        const resource = await context.discovery.ofObject(object);
        const namespace = namespaceOf(resource, object, context);
        const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
        const replaced = await replace({ resource, object: placed }, flags, context);
        context.output.out(
          format
            ? renderObjects([{ resource, object: replaced }], format, { asList: false })
            : `${objectLabel(resource, object.metadata.name)} replaced${dryRunWords(flags)}\n`,
        );
      } catch (error) {
        errors.push(withContext(error, `error when replacing ${JSON.stringify(file)}: `));
      }
    }
    throwCollected(errors);
  },
};

export const addReplace: AddVerb = (program, host) => {
  const described = program.command('replace').description('put the object of a file in place');
  const command = addWriteFlags(addDryRunFlag(addOutputFlag(addFileFlags(described))))
    .option('--force', 'delete and create')
    .option('--grace-period <seconds>', 'time to end in, with --force', integer)
    .option('--save-config', 'remember the configuration for a later apply');
  defineVerb(command, host, verb);
};
