/**
 * `create -f FILE`, and `create KIND NAME` for the kinds that can be made from flags.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/
 */
import type { Command } from 'commander';
import { StatusError } from '../../../helper/api/status-error';
import { isUnreachable } from '../../../helper/client/connection-error';
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { CommandError, throwCollected, withContext } from '../command-error';
import { addDryRunFlag, addFileFlags, addOutputFlag, addWriteFlags } from '../flags';
import { type CreateFlags, createObject } from '../resources/create-object';
import { type AnyObject, getObject } from '../resources/get-object';
import { type FileFlags, readManifests } from '../resources/manifests';
import { parseResourceArgs } from '../resources/resource-args';
import { type AddVerb, type Context, defineVerb, type Invocation, type Verb, type VerbHost } from '../verb';
import { POLICY_CREATES } from './create-policies';
import { RIGHTS_CREATES } from './create-rights';
import { addCreateToken } from './create-token';
import { TYPED_CREATES, type TypedCreate } from './create-typed';

const withCreateFlags = (command: Command) =>
  addWriteFlags(addDryRunFlag(addOutputFlag(command))).option(
    '--save-config',
    'remember the configuration for a later apply',
  );

interface FileRequest {
  readonly args: readonly string[];
  readonly manifests: readonly Manifest[];
  readonly hasFiles: boolean;
  readonly flags: CreateFlags;
}

const fromFiles: Verb<FileFlags & CreateFlags, FileRequest> = {
  complete: async ({ args, flags }, { shell }) => ({
    args,
    hasFiles: flags.kustomize !== undefined || (flags.filename ?? []).length > 0,
    manifests: await readManifests(flags, shell),
    flags,
  }),
  validate({ args, hasFiles }) {
    if (args.length > 0)
      throw new CommandError(`Unexpected args: [${args.join(' ')}]\nSee 'kubectl create -h' for help and examples`);
    if (!hasFiles) throw new CommandError('must specify one of -f and -k');
  },
  async run({ manifests, flags }, context) {
    const errors: unknown[] = [];
    for (const { object, file } of manifests) {
      await createObject(object, flags, context).catch((error) =>
        errors.push(withContext(error, `error when creating ${JSON.stringify(file)}: `)),
      );
    }
    throwCollected(errors);
  },
};

/** How stock kubectl begins when the server refuses one of these. */
const FAILURE_WORDS: Readonly<Record<string, string>> = {
  ConfigMap: 'failed to create configmap: ',
  Deployment: 'failed to create deployment: ',
  Secret: 'failed to create secret ',
  ServiceAccount: 'failed to create serviceaccount: ',
};

interface TypedRequest {
  readonly object: AnyObject;
  readonly flags: CreateFlags;
}

function addTyped<Flags>(parent: Command, host: VerbHost, typed: TypedCreate<Flags>): void {
  const command = withCreateFlags(
    typed.addFlags(
      parent
        .command(typed.name)
        .aliases(typed.aliases ?? [])
        .description(typed.description),
    ),
  );
  const verb: Verb<Flags & CreateFlags, TypedRequest> = {
    async complete({ args, flags, afterDash }: Invocation<Flags & CreateFlags>, context) {
      const [name, ...more] = args;
      if (!name || more.length > 0)
        throw new CommandError(
          `exactly one NAME is required, got ${args.length}\nSee 'kubectl create ${typed.name} -h' for help and examples`,
        );
      const object = await typed.build(name, flags, {
        workingDirectory: context.shell.workingDirectory,
        command: afterDash ?? [],
        // Most kinds can be made without a cluster.
        find: (type) => context.discovery.find(type),
        read: (place) => readPlace(place, context),
      });
      return { object, flags };
    },
    // What is wrong with the fields is the server's to say; flags were checked when the object was built.
    validate: () => undefined,
    run: ({ object, flags }, context) =>
      createObject(object, flags, context).catch((error: unknown) => {
        const words = FAILURE_WORDS[object.kind];
        if (words === undefined || !(error instanceof StatusError) || isUnreachable(error)) throw error;
        throw new CommandError(`${words}${error.message}`);
      }),
  };
  defineVerb(command, host, verb);
}

async function readPlace(place: string, context: Context): Promise<AnyObject> {
  const [selection] = await parseResourceArgs([place], context.discovery);
  const [name] = selection?.names ?? [];
  if (!selection || !name) throw new CommandError(`${JSON.stringify(place)} is not type/name`);
  return getObject(context.client, selection.resource, selection.resource.namespaced ? context.namespace : '', name);
}

/** `secret` of `secret generic`: made when first needed. */
function groupOf(parent: Command, name: string): Command {
  const known = parent.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = parent.command(name).description(`create a ${name}`);
  return name === 'service' ? group.alias('svc') : group;
}

export const addCreate: AddVerb = (program, host) => {
  const command = addFileFlags(
    withCreateFlags(program.command('create').description('create objects from files or flags')),
  );
  defineVerb(command, host, fromFiles);
  for (const typed of TYPED_CREATES) {
    if (!typed.group) {
      addTyped(command, host, typed);
      continue;
    }
    addTyped(groupOf(command, typed.group), host, typed);
  }
  for (const typed of RIGHTS_CREATES) addTyped(command, host, typed);
  for (const typed of POLICY_CREATES) addTyped(command, host, typed);
  addCreateToken(command, host);
};
