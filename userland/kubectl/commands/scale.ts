/**
 * `scale --replicas=N`: through the scale subresource, so everything that has one can be scaled.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/
 */
import { CommandError, throwCollected } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addOutputFlag,
  addSelectorFlags,
  type DryRunFlags,
  dryRunWords,
  integer,
  type OutputFlags,
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
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface ScaleFlags extends FileFlags, SelectorFlags, DryRunFlags, OutputFlags {
  readonly resourceVersion?: string;
  readonly replicas?: number;
  readonly currentReplicas?: number;
}

interface ScaleRequest {
  readonly target: Target;
  readonly flags: ScaleFlags;
}

interface WithReplicas {
  readonly spec?: { readonly replicas?: number };
}

const verb: Verb<ScaleFlags, ScaleRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
  }),
  validate({ target, flags }) {
    if (flags.replicas === undefined) throw new CommandError('required flag(s) "replicas" not set');
    if (flags.replicas < 0)
      throw new CommandError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    validateTarget(target, 'scale');
    const unscalable = target.selections.find(({ resource }) => !resource.subresources.includes('scale'));
    if (unscalable) throw new CommandError(`cannot scale ${unscalable.resource.plural}: the kind has no scale`);
  },
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const format = parseOutputFormat(flags.output);
    const found = await findObjects(target, context, errors);
    for (const { resource, object } of found) {
      const { namespace = '', name, resourceVersion } = object.metadata;
      const current = (object as WithReplicas).spec?.replicas ?? 0;
      if (flags.currentReplicas !== undefined && flags.currentReplicas >= 0 && current !== flags.currentReplicas) {
        errors.push(new CommandError(`Expected replicas to be ${flags.currentReplicas}, was ${current}`));
        continue;
      }
      if (flags.resourceVersion && flags.resourceVersion !== resourceVersion) {
        errors.push(
          new CommandError(`Expected resource version to be ${flags.resourceVersion}, was ${resourceVersion}`),
        );
        continue;
      }
      const patch = { spec: { replicas: flags.replicas } };
      const options = { subresource: 'scale', dryRun: flags.dryRun === 'server' };
      const scaling =
        flags.dryRun === 'client'
          ? undefined
          : context.client.patch(resource, namespace, name, 'merge', patch, options);
      await Promise.resolve(scaling).then(
        () =>
          context.output.out(
            format
              ? renderObjects([{ resource, object }], format, { asList: false })
              : `${objectLabel(resource, name)} scaled${dryRunWords(flags)}\n`,
          ),
        (error) => errors.push(error),
      );
    }
    throwCollected(errors);
  },
};

export const addScale: AddVerb = (program, host) => {
  const described = program.command('scale').description('set the number of pods: scale deploy/web --replicas=3');
  const command = addOutputFlag(addDryRunFlag(addSelectorFlags(addFileFlags(described))))
    .option('--replicas <n>', 'wanted number', integer)
    .option('--resource-version <version>', 'only if this is still the version of the object')
    .option('--current-replicas <n>', 'only when it is this now', integer)
    .option('--all', 'all objects of the type');
  defineVerb(command, host, verb);
};
