/**
 * `describe`: one object and what surrounds it, for people: its fields, its relations, its events.
 *
 * A kind with a description of its own has a row in {@link DESCRIBERS}; all others get the generic one.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_describe/
 */
import { eventResource } from '../../../helper/api/core/event';
import { CommandError, throwCollected } from '../command-error';
import { describeGeneric } from '../describe/describe-generic';
import { type DescribedEvent, DescribeText, describeEvents } from '../describe/describe-text';
import { DESCRIBERS } from '../describe/describers';
import { addFileFlags, addSelectorFlags } from '../flags';
import { typeLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

/** Kinds that nothing happens to. */
const WITHOUT_EVENTS = new Set([
  ...['secret', 'namespace', 'resourcequota', 'limitrange', 'networkpolicy.networking.k8s.io'],
  ...['role', 'clusterrole', 'rolebinding', 'clusterrolebinding'].map((kind) => `${kind}.rbac.authorization.k8s.io`),
]);

async function eventsOf({ object }: FoundObject, { client }: Context): Promise<readonly DescribedEvent[]> {
  const { name, namespace, uid } = object.metadata;
  // Nodes' events name the node as uid, so name and kind are what finds them.
  const about = `involvedObject.kind=${object.kind},involvedObject.name=${name}`;
  const fieldSelector = object.kind === 'Node' ? about : `${about},involvedObject.uid=${uid}`;
  const { items } = await client.list(eventResource, { namespace: namespace ?? '', fieldSelector });
  return items as readonly DescribedEvent[];
}

interface DescribeRequest {
  readonly target: Target;
  readonly showEvents: boolean;
}

interface DescribeFlags extends FileFlags, SelectorFlags {
  readonly showEvents?: string;
}

const verb: Verb<DescribeFlags, DescribeRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    showEvents: invocation.flags.showEvents !== 'false',
  }),
  validate({ target }) {
    if (target.selections.length === 0 && target.manifests.length === 0)
      throw new CommandError(
        'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    validateTarget(target, 'describe');
  },
  async run({ target, showEvents }, context) {
    const errors: unknown[] = [];
    const found = await findObjects(target, context, errors);
    const texts: string[] = [];
    for (const item of found) {
      const text = new DescribeText();
      const label = typeLabel(item.resource);
      await (DESCRIBERS[label] ?? describeGeneric)(text, item.object, context);
      if (showEvents && !WITHOUT_EVENTS.has(label)) describeEvents(text, await eventsOf(item, context), new Date());
      texts.push(text.render());
    }
    context.output.out(texts.join('\n\n'));
    if (found.length === 0 && errors.length === 0) {
      const where = target.selectors.allNamespaces ? '' : ` in ${context.namespace} namespace.`;
      context.output.err(`No resources found${where}\n`);
    }
    throwCollected(errors);
  },
};

export const addDescribe: AddVerb = (program, host) => {
  const command = addSelectorFlags(
    addFileFlags(program.command('describe').description('one object and what surrounds it, with its events')),
  ).option('--show-events <bool>', 'true or false');
  defineVerb(command, host, verb);
};
