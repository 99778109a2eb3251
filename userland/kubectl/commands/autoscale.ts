/**
 * `autoscale deploy web --min=2 --max=5 --cpu-percent=80`: a HorizontalPodAutoscaler for something that scales.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_autoscale/
 */
import { apiVersionOf } from '../../../helper/api/resource';
import { CommandError, throwCollected } from '../command-error';
import { addDryRunFlag, addFileFlags, addManagerFlag, addOutputFlag, integer } from '../flags';
import { type CreateFlags, createObject } from '../resources/create-object';
import {
  completeTarget,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface AutoscaleFlags extends FileFlags, SelectorFlags {
  readonly min: number;
  readonly max?: number;
  readonly cpuPercent?: number;
  readonly name?: string;
}

interface AutoscaleRequest {
  readonly target: Target;
  readonly flags: AutoscaleFlags & CreateFlags;
}

const verb: Verb<AutoscaleFlags & CreateFlags, AutoscaleRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
  }),
  validate({ target, flags: { min, max } }) {
    validateTarget(target, 'autoscale');
    if (max === undefined || max < 1)
      throw new CommandError('--max=MAXPODS is required and must be at least 1, max: '.concat(String(max ?? -1)));
    if (max < min)
      throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  },
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    for (const { resource, object } of await findObjects(target, context, errors)) {
      const { name, namespace } = object.metadata;
      try {
        if (!resource.subresources.includes('scale'))
          throw new CommandError(`cannot autoscale a ${resource.kind}: it has no scale subresource`);
        const spec = {
          ...(flags.cpuPercent !== undefined && flags.cpuPercent >= 0
            ? { targetCPUUtilizationPercentage: flags.cpuPercent }
            : {}),
          ...(flags.min > 0 ? { minReplicas: flags.min } : {}),
          maxReplicas: flags.max,
          scaleTargetRef: { apiVersion: apiVersionOf(resource), kind: resource.kind, name },
        };
        const metadata = { name: flags.name ?? name, ...(namespace ? { namespace } : {}) };
        const autoscaler = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata, spec };
        await createObject(autoscaler, flags, context, { done: 'autoscaled', manager: 'kubectl-autoscale' });
      } catch (error) {
        errors.push(error);
      }
    }
    throwCollected(errors);
  },
};

export const addAutoscale: AddVerb = (program, host) => {
  const described = program.command('autoscale').description('scale by load: autoscale deploy web --max=5');
  const command = addManagerFlag(addDryRunFlag(addOutputFlag(addFileFlags(described))))
    .option('--min <count>', 'least number of pods', integer, -1)
    .option('--max <count>', 'greatest number of pods', integer)
    .option('--cpu-percent <percent>', 'wanted use of the requested cpu', integer)
    .option('--name <name>', 'name of the autoscaler')
    .option('--save-config', 'remember the configuration for a later apply');
  defineVerb(command, host, verb);
};
