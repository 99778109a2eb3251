/**
 * `set image TYPE/NAME CONTAINER=IMAGE`: another image for containers of a pod or of a template.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_image/
 */
import type { PodSpec } from 'kubernetes-types/core/v1';
import { CommandError } from '../command-error';
import { addDryRunFlag, addFileFlags, addSelectorFlags, type DryRunFlags } from '../flags';
import {
  completeTarget,
  type FoundObject,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { type Change, patchEach } from './patch-each';

type ImageFlags = FileFlags & SelectorFlags & DryRunFlags;

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
  run: ({ target, images, flags }, context) => patchEach(target, context, flags, (found) => imageChange(found, images)),
};

export const addSet: AddVerb = (program, host) => {
  const parent = program.command('set').description('change a field: set image deploy/web web=nginx:1.27');
  const command = addDryRunFlag(addSelectorFlags(addFileFlags(parent.command('image').description('another image'))));
  defineVerb(command, host, verb);
};
