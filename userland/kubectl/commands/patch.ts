/**
 * `patch`: changes fields of an object by a strategic merge, JSON merge or JSON patch.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_patch/
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError, throwCollected } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addManagerFlag,
  addOutputFlag,
  type OutputFlags,
  type WriteFlags,
} from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel } from '../resources/discovery';
import {
  completeTarget,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { parseYaml } from '../resources/parse-yaml';
import { type AddVerb, defineVerb, type Verb } from '../verb';

const TYPES = ['json', 'merge', 'strategic'] as const;

interface PatchFlags extends FileFlags, SelectorFlags, WriteFlags, OutputFlags {
  readonly patch?: string;
  readonly patchFile?: string;
  readonly type: string;
  readonly subresource?: string;
}

interface PatchRequest {
  readonly target: Target;
  readonly flags: PatchFlags;
  readonly patch: unknown;
}

function parsePatch(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new CommandError(
      `unable to parse ${JSON.stringify(text)}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The answer of a subresource may be of another kind: `scale.autoscaling/web`. */
function labelOf(patched: AnyObject, resource: { readonly kind: string; readonly group: string }) {
  const { kind = resource.kind, apiVersion = '' } = patched;
  return { kind, group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '' };
}

const verb: Verb<PatchFlags, PatchRequest> = {
  async complete(invocation, context) {
    const { flags } = invocation;
    if ((flags.patch === undefined) === (flags.patchFile === undefined))
      throw new CommandError('must specify --patch or --patch-file containing the contents of the patch');
    const text = flags.patch ?? readFileSync(resolve(context.shell.workingDirectory, flags.patchFile ?? ''), 'utf8');
    return { target: await completeTarget(invocation, context), flags, patch: parsePatch(text) };
  },
  validate({ target, flags }) {
    validateTarget(target, 'patch');
    if (target.selections.some(({ names }) => names.length === 0))
      throw new CommandError('resource(s) were provided, but no name was specified');
    if (!TYPES.some((type) => type === flags.type))
      throw new CommandError(`--type must be one of [${TYPES.join(' ')}], not ${JSON.stringify(flags.type)}`);
  },
  async run({ target, flags, patch }, context) {
    const errors: unknown[] = [];
    for (const { resource, object } of await findObjects(target, context, errors)) {
      const { namespace = '', name, resourceVersion } = object.metadata;
      try {
        // Trying it out without the server would need the server's merge here; it is asked to try instead.
        const dryRun = flags.dryRun === 'server' || flags.dryRun === 'client';
        const type = flags.type as (typeof TYPES)[number];
        const patched = await context.client.patch<AnyObject>(resource, namespace, name, type, patch, {
          dryRun,
          fieldManager: flags.fieldManager ?? 'kubectl-patch',
          ...(flags.subresource ? { subresource: flags.subresource } : {}),
        });
        const format = parseOutputFormat(flags.output);
        const isSame = !dryRun && patched.metadata.resourceVersion === resourceVersion;
        context.output.out(
          format
            ? renderObjects([{ resource, object: patched }], format, { asList: false })
            : `${objectLabel(labelOf(patched, resource), name)} patched${isSame ? ' (no change)' : ''}\n`,
        );
      } catch (error) {
        errors.push(error);
      }
    }
    throwCollected(errors);
  },
};

export const addPatch: AddVerb = (program, host) => {
  const described = program.command('patch').description('change fields: patch deploy web -p PATCH');
  const command = addManagerFlag(addDryRunFlag(addOutputFlag(addFileFlags(described))))
    .option('-p, --patch <patch>', 'the patch, JSON or YAML')
    .option('--patch-file <file>', 'a file with the patch')
    .option('--type <type>', 'json, merge or strategic', 'strategic')
    .option('--subresource <name>', 'patch this part: status, scale');
  defineVerb(command, host, verb);
};
