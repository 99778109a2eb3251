/**
 * `set image TYPE/NAME CONTAINER=IMAGE`, and the other fields of pods that `set` changes (`set-fields.ts`).
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/
 */
import type { PodSpec } from 'kubernetes-types/core/v1';
import { CommandError, throwCollected, usageError } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addManagerFlag,
  addOutputFlag,
  addSelectorFlags,
  collectWhole,
  type OutputFlags,
  type WriteFlags,
} from '../flags';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { splitChanges } from './label';
import { type Change, patchEach } from './patch-each';
import { accountChange, envChange, listedEnv, parseAmounts, resourcesChange } from './set-fields';
import { selectorVerb, subjectVerb } from './set-others';

type ImageFlags = FileFlags & SelectorFlags & WriteFlags & OutputFlags;

interface ImageRequest {
  readonly target: Target;
  readonly images: ReadonlyMap<string, string>;
  readonly flags: ImageFlags;
}

interface WithPodSpec {
  readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } };
}

/** The patch for one object; throws when it has no such container. `*` is every container. */
export function imageChange({ object }: FoundObject, images: ReadonlyMap<string, string>): Change | string {
  const { spec } = object as WithPodSpec;
  const podSpec = spec?.template?.spec ?? spec;
  const wantedFor = (name: string) => images.get(name) ?? images.get('*');
  const lists = (['containers', 'initContainers'] as const).map((list) => {
    const changed = (podSpec?.[list] ?? []).flatMap(({ name, image }) => {
      const wanted = wantedFor(name);
      return wanted && wanted !== image ? [{ name, image: wanted }] : [];
    });
    return [list, changed] as const;
  });
  const all = [...(podSpec?.containers ?? []), ...(podSpec?.initContainers ?? [])];
  const unknown = [...images.keys()].find((name) => name !== '*' && !all.some((container) => container.name === name));
  if (unknown) throw new CommandError(`unable to find container named ${JSON.stringify(unknown)}`);
  const patch = Object.fromEntries(lists.filter(([, changed]) => changed.length > 0));
  if (Object.keys(patch).length === 0) return 'image not changed';
  return {
    type: 'strategic',
    patch: spec?.template ? { spec: { template: { spec: patch } } } : { spec: patch },
    done: 'image updated',
  };
}

const verb: Verb<ImageFlags, ImageRequest> = {
  async complete({ args, flags }, context) {
    const assignments = args.filter((word) => word.includes('='));
    const names = args.filter((word) => !word.includes('='));
    const images = new Map(
      assignments.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const),
    );
    return { target: await completeTarget({ args: names, flags }, context), images, flags };
  },
  validate({ target, images }) {
    validateTarget(target, 'update');
    if (images.size === 0) throw new CommandError('at least one image update is required');
  },
  run: ({ target, images, flags }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) => imageChange(found, images)),
};

type FieldFlags = ImageFlags & {
  readonly containers?: string;
  readonly env?: readonly string[];
  readonly list?: boolean;
  readonly limits?: string;
  readonly requests?: string;
};

interface FieldRequest {
  readonly target: Target;
  readonly flags: FieldFlags;
  readonly words: readonly string[];
}

const isAssignment = (word: string) => /^[^=]+=/.test(word) || /^[A-Za-z_][^=/]*-$/.test(word);

const envVerb: Verb<FieldFlags, FieldRequest> = {
  async complete({ args, flags }, context) {
    const words = [...args.filter((word, index) => index > 0 && isAssignment(word)), ...(flags.env ?? [])];
    const names = args.filter((word, index) => index === 0 || !isAssignment(word));
    return { target: await completeTarget({ args: names, flags }, context), flags, words };
  },
  validate({ target, flags, words }) {
    validateTarget(target, 'update');
    if (!words.length && !flags.list) throw new CommandError('at least one environment variable must be provided');
  },
  async run({ target, flags, words }, context) {
    if (flags.list) {
      const errors: unknown[] = [];
      for (const found of await findObjects(target, context, errors))
        context.output.out(listedEnv(found, flags.containers));
      return throwCollected(errors);
    }
    const { changes } = splitChanges(['', ...words]);
    await patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) =>
      envChange(found, changes, flags.containers),
    );
  },
};

const resourcesVerb: Verb<FieldFlags, FieldRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
    words: [],
  }),
  validate({ target, flags }) {
    validateTarget(target, 'update');
    if (!flags.limits && !flags.requests)
      throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)');
  },
  run({ target, flags }, context) {
    const amounts = { limits: parseAmounts(flags.limits), requests: parseAmounts(flags.requests) };
    return patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) =>
      resourcesChange(found, amounts, flags.containers),
    );
  },
};

const accountVerb: Verb<FieldFlags, FieldRequest> = {
  async complete({ args, flags }, context) {
    const target = await completeTarget({ args: args.slice(0, -1), flags }, context);
    return { target, flags, words: args.slice(-1) };
  },
  validate({ target, words }) {
    if (!words.length) throw new CommandError('serviceaccount is required');
    validateTarget(target, 'update');
  },
  run: ({ target, flags, words }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) =>
      accountChange(found, words[0] ?? ''),
    ),
};

export const addSet: AddVerb = (program, host) => {
  const parent = program.command('set').description('change a field: set image deploy/web web=nginx:1.27');
  const sub = (name: string, description: string) =>
    addManagerFlag(
      addOutputFlag(addDryRunFlag(addSelectorFlags(addFileFlags(parent.command(name).description(description))))),
    );
  defineVerb(sub('image', 'another image'), host, verb);
  const env = sub('env', 'variables: set env deploy/web KEY=value OTHER-')
    .option('-c, --containers <name>', 'only these containers: web, web*')
    .option('-e, --env <KEY=value>', 'one more', collectWhole)
    .option('--list', 'show them');
  defineVerb(env, host, envVerb);
  const resources = sub('resources', 'requests and limits: set resources deploy/web --limits=cpu=200m')
    .option('-c, --containers <name>', 'only these containers: web, web*')
    .option('--limits <amounts>', 'cpu=200m,memory=512Mi')
    .option('--requests <amounts>', 'cpu=100m,memory=256Mi');
  defineVerb(resources, host, resourcesVerb);
  defineVerb(sub('serviceaccount', 'the account of the pods').alias('sa'), host, accountVerb);
  defineVerb(sub('selector', 'whom a Service selects: set selector svc web app=web'), host, selectorVerb);
  const subject = sub('subject', 'whom a binding means: set subject rolebinding r --user=me')
    .option('--user <name>', 'a user', collectWhole)
    .option('--group <name>', 'a group', collectWhole)
    .option('--serviceaccount <namespace:name>', 'a ServiceAccount', collectWhole);
  defineVerb(subject, host, subjectVerb);
  // Without a field there is nothing to set.
  parent.argument('[args...]').action(() => {
    const [field] = parent.args;
    throw usageError(
      'set',
      field ? `unknown command ${JSON.stringify(field)}` : 'a field must be named: image, env, ...',
    );
  });
};
