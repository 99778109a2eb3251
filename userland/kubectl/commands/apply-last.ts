/**
 * `apply view-last-applied` and `set-last-applied`: what a client-side apply remembers in the object.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/kubectl_apply_view-last-applied/
 */
import type { Command } from 'commander';
import { LAST_APPLIED, lastApplied, withLastApplied } from '../apply/last-applied';
import { CommandError, throwCollected } from '../command-error';
import { addDryRunFlag, addFileFlags, addSelectorFlags, type DryRunFlags, dryRunWords } from '../flags';
import { kubectlJson } from '../print/kubectl-json';
import { toYaml } from '../print/print-objects';
import { objectLabel } from '../resources/discovery';
import {
  completeTarget,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { defineVerb, type Verb, type VerbHost } from '../verb';

type ViewFlags = FileFlags & SelectorFlags & { readonly output: string };

const view: Verb<ViewFlags, { readonly target: Target; readonly format: string }> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    format: invocation.flags.output,
  }),
  validate({ target, format }) {
    validateTarget(target, 'view');
    if (format !== 'yaml' && format !== 'json')
      throw new CommandError(`Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
  },
  async run({ target, format }, context) {
    const errors: unknown[] = [];
    for (const { object } of await findObjects(target, context, errors)) {
      const applied = lastApplied(object);
      if (applied === undefined) continue;
      context.output.out(format === 'yaml' ? toYaml(applied) : `${kubectlJson(applied, 4)}\n`);
    }
    throwCollected(errors);
  },
};

type SetFlags = FileFlags & DryRunFlags & { readonly createAnnotation?: boolean };

const set: Verb<SetFlags, { readonly target: Target; readonly flags: SetFlags }> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
  }),
  validate({ target }) {
    if (target.manifests.length === 0) throw new CommandError('one of -f or -k must be specified');
  },
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const found = await findObjects(target, context, errors);
    for (const [index, { resource, object }] of found.entries()) {
      const { namespace = '', name, annotations } = object.metadata;
      if (annotations?.[LAST_APPLIED] === undefined && !flags.createAnnotation) {
        errors.push(
          new CommandError(
            `no last-applied-configuration annotation found on resource: ${name}, to create the annotation, run the command with --create-annotation`,
          ),
        );
        continue;
      }
      const file = target.manifests[index]?.object ?? object;
      const placed = { ...file, metadata: { ...file.metadata, ...(namespace ? { namespace } : {}) } };
      const text = withLastApplied(placed).metadata.annotations?.[LAST_APPLIED];
      if (flags.dryRun !== 'client')
        await context.client.patch(
          resource,
          namespace,
          name,
          'merge',
          { metadata: { annotations: { [LAST_APPLIED]: text } } },
          { dryRun: flags.dryRun === 'server' },
        );
      context.output.out(`${objectLabel(resource, name)} configured${dryRunWords(flags)}\n`);
    }
    throwCollected(errors);
  },
};

export function addLastApplied(parent: Command, host: VerbHost): void {
  const viewCommand = addSelectorFlags(
    addFileFlags(parent.command('view-last-applied').description('what was applied last')),
  ).option('-o, --output <format>', 'yaml or json', 'yaml');
  defineVerb(viewCommand, host, view);
  const setCommand = addDryRunFlag(
    addFileFlags(parent.command('set-last-applied').description('let a file be what was applied last')),
  ).option('--create-annotation', 'also where nothing was applied yet');
  defineVerb(setCommand, host, set);
}
