/**
 * `cordon` and `uncordon`: whether new pods may be scheduled to a node.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cordon/
 */
import { CommandError } from '../command-error';
import { addDryRunFlag, type DryRunFlags } from '../flags';
import { completeTarget, type SelectorFlags, type Target } from '../resources/find-objects';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { patchEach } from './patch-each';

type CordonFlags = DryRunFlags & SelectorFlags;

interface CordonRequest {
  readonly target: Target;
  readonly flags: CordonFlags;
  readonly isNamed: boolean;
}

interface WithUnschedulable {
  readonly spec?: { readonly unschedulable?: boolean };
}

const createVerb = (unschedulable: boolean): Verb<CordonFlags, CordonRequest> => ({
  complete: async ({ args, flags }, context) => ({
    target: await completeTarget({ args: ['nodes', ...args], flags }, context),
    flags,
    isNamed: args.length > 0 || flags.selector !== undefined,
  }),
  validate({ isNamed }) {
    if (!isNamed)
      throw new CommandError(`you must specify a node or a selector: ${unschedulable ? 'cordon' : 'uncordon'} NODE`);
  },
  run: ({ target, flags }, context) =>
    patchEach(target, context, flags, ({ object }) => {
      const word = unschedulable ? 'cordoned' : 'uncordoned';
      const now = (object as WithUnschedulable).spec?.unschedulable ?? false;
      if (now === unschedulable) return `already ${word}`;
      return { type: 'strategic', patch: { spec: { unschedulable: unschedulable || null } }, done: word };
    }),
});

function add(name: string, unschedulable: boolean): AddVerb {
  return (program, host) => {
    const description = unschedulable ? 'no new pods on a node' : 'new pods on a node again';
    const command = addDryRunFlag(program.command(name).description(description)).option(
      '-l, --selector <labels>',
      'nodes with these labels',
    );
    defineVerb(command, host, createVerb(unschedulable));
  };
}

export const addCordon = add('cordon', true);
export const addUncordon = add('uncordon', false);
