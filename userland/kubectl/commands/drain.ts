/**
 * `drain NODE`: no new pods on a node, and those on it off to others, so that it can be taken away.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_drain/
 */
import type { Node } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError, SilentExit } from '../command-error';
import { evictPods } from '../drain/evict-pods';
import { planDrain } from '../drain/plan-drain';
import { addDryRunFlag, type DryRunFlags, dryRunWords, durationMs, integer } from '../flags';
import { completeTarget, findObjects, type SelectorFlags, type Target } from '../resources/find-objects';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

interface DrainFlags extends SelectorFlags, DryRunFlags {
  readonly force?: boolean;
  readonly ignoreDaemonsets?: boolean;
  readonly deleteEmptydirData?: boolean;
  readonly disableEviction?: boolean;
  readonly gracePeriod: number;
  readonly timeout: string;
  readonly podSelector?: string;
}

interface DrainRequest {
  readonly target: Target;
  readonly flags: DrainFlags;
  readonly isNamed: boolean;
}

async function cordon(node: Node, flags: DrainFlags, { client, output }: Context): Promise<void> {
  const { name } = node.metadata;
  const resource = { ...podResource, kind: 'Node', plural: 'nodes', singular: 'node', namespaced: false };
  if (node.spec?.unschedulable) {
    output.out(`node/${name} already cordoned${dryRunWords(flags)}\n`);
    return;
  }
  const options = { dryRun: flags.dryRun === 'server' };
  if (flags.dryRun !== 'client')
    await client.patch(resource, '', name, 'strategic', { spec: { unschedulable: true } }, options);
  output.out(`node/${name} cordoned${dryRunWords(flags)}\n`);
}

async function drain(name: string, flags: DrainFlags, context: Context): Promise<void> {
  const { items } = await context.client.list<Pod>(podResource, {
    fieldSelector: `spec.nodeName=${name}`,
    ...(flags.podSelector ? { labelSelector: flags.podSelector } : {}),
  });
  const plan = planDrain(items, {
    force: flags.force ?? false,
    ignoreDaemonsets: flags.ignoreDaemonsets ?? false,
    deleteEmptydirData: flags.deleteEmptydirData ?? false,
  });
  if (plan.errors.length) throw new CommandError(plan.errors.join('\n'));
  if (plan.warnings.length) context.output.err(`Warning: ${plan.warnings.join('; ')}\n`);
  if (flags.dryRun === 'client' || flags.dryRun === 'server') {
    for (const { metadata } of plan.evicted)
      context.output.out(`evicting pod ${metadata.namespace}/${metadata.name}${dryRunWords(flags)}\n`);
    return;
  }
  await evictPods(
    plan.evicted,
    {
      gracePeriodSeconds: flags.gracePeriod,
      timeoutMs: durationMs(flags.timeout),
      disableEviction: flags.disableEviction ?? false,
    },
    context,
  );
}

function tellUnable(name: string, error: unknown, output: Context['output']): void {
  const reason = error instanceof Error ? error.message : String(error);
  const texts = reason.includes('\n') ? `[${reason.split('\n').join(', ')}]` : reason;
  output.err(`error: unable to drain node ${JSON.stringify(name)} due to error: ${texts}, continuing command...\n`);
  output.err(`There are pending nodes to be drained:\n ${name}\n`);
  for (const line of reason.split('\n')) output.err(`${line}\n`);
}

const verb: Verb<DrainFlags, DrainRequest> = {
  complete: async ({ args, flags }, context) => ({
    target: await completeTarget({ args: ['nodes', ...args], flags }, context),
    flags,
    isNamed: args.length > 0 || flags.selector !== undefined,
  }),
  validate({ isNamed }) {
    if (!isNamed) throw new CommandError("USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples");
  },
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const found = await findObjects(target, context, errors);
    if (errors.length) throw errors[0];
    let failures = 0;
    for (const { object } of found) await cordon(object as Node, flags, context);
    for (const { object } of found) {
      const { name } = object.metadata;
      try {
        await drain(name, flags, context);
        context.output.out(`node/${name} drained${dryRunWords(flags)}\n`);
      } catch (error) {
        failures += 1;
        tellUnable(name, error, context.output);
      }
    }
    if (failures) throw new SilentExit(1);
  },
};

export const addDrain: AddVerb = (program, host) => {
  const command = addDryRunFlag(program.command('drain').description('empty a node, to take it away'))
    .option('--force', 'also pods that nobody makes anew')
    .option('--ignore-daemonsets', 'leave pods of DaemonSets where they are')
    .option('--delete-emptydir-data', 'also pods whose data in emptyDir volumes is lost')
    .option('--disable-eviction', 'delete, without asking disruption budgets')
    .option('--grace-period <seconds>', 'time to end in; -1: the pod says', integer, -1)
    .option('--timeout <duration>', 'how long to try at most; 0: for ever', '0s')
    .option('-l, --selector <labels>', 'nodes with these labels')
    .option('--pod-selector <labels>', 'only pods with these labels');
  defineVerb(command, host, verb);
};
