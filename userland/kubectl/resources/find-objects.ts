/**
 * The objects a command is about: from words, from selectors, or from files.
 */
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { CommandError, withContext } from '../command-error';
import type { Context, Invocation } from '../verb';
import type { ServedResource } from './discovery';
import { type AnyObject, getObject } from './get-object';
import { type FileFlags, readManifests } from './manifests';
import { parseResourceArgs, type Selection } from './resource-args';

export interface SelectorFlags {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly allNamespaces?: boolean;
  readonly all?: boolean;
}

/** What the user pointed at, not fetched yet. */
export interface Target {
  readonly selections: readonly Selection[];
  readonly manifests: readonly Manifest[];
  readonly selectors: SelectorFlags;
}

export interface FoundObject {
  readonly resource: ServedResource;
  readonly object: AnyObject;
}

export async function completeTarget(
  { args, flags }: Pick<Invocation<FileFlags & SelectorFlags>, 'args' | 'flags'>,
  context: Context,
): Promise<Target> {
  const manifests = await readManifests(flags, context.shell);
  const selections = args.length > 0 ? await parseResourceArgs(args, context.discovery) : [];
  return { selections, manifests, selectors: flags };
}

/** Throws when nothing is named, or when what is named contradicts itself. */
export function validateTarget({ selections, manifests, selectors }: Target, verb: string): void {
  if (selections.length === 0 && manifests.length === 0) {
    throw new CommandError(
      `you must specify what to ${verb}: a type and a name (pods web, pod/web), a selector (-l), or files (-f)`,
    );
  }
  if (selections.length > 0 && manifests.length > 0)
    throw new CommandError('when paths are provided as input, you may not specify resource arguments as well');
  const named = selections.some(({ names }) => names.length > 0);
  if (named && (selectors.selector || selectors.fieldSelector))
    throw new CommandError('name cannot be provided when a selector is specified');
  if (named && selectors.allNamespaces)
    throw new CommandError('a resource cannot be retrieved by name across all namespaces');
}

/** Namespace for a resource of this kind; '' for cluster scope or all namespaces. */
export function scopeOf(resource: ServedResource, context: Context, selectors: SelectorFlags = {}): string {
  return resource.namespaced && !selectors.allNamespaces ? context.namespace : '';
}

/** The namespace an object of a file goes to. Throws when file and `-n` disagree. */
export function namespaceOf(resource: ServedResource, object: AnyObject, context: Context): string {
  if (!resource.namespaced) return '';
  const own = object.metadata.namespace;
  if (own && context.hasExplicitNamespace && own !== context.namespace) {
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(context.namespace)}. You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  return own ?? context.namespace;
}

async function findSelected(selection: Selection, target: Target, context: Context, errors: unknown[]) {
  const { resource, names } = selection;
  const namespace = scopeOf(resource, context, target.selectors);
  if (names.length === 0) {
    const { selector, fieldSelector } = target.selectors;
    const list = await context.client.list<AnyObject>(resource, {
      namespace,
      ...(selector ? { labelSelector: selector } : {}),
      ...(fieldSelector ? { fieldSelector } : {}),
    });
    return list.items.map((object) => ({ resource, object }));
  }
  const found: FoundObject[] = [];
  for (const name of names) {
    await getObject(context.client, resource, namespace, name).then(
      (object) => found.push({ resource, object }),
      (error) => errors.push(error),
    );
  }
  return found;
}

/** All objects that exist; what could not be had is added to `errors`, as having failed while `doing` it. */
export async function findObjects(
  target: Target,
  context: Context,
  errors: unknown[],
  doing = 'reading',
): Promise<FoundObject[]> {
  const found: FoundObject[] = [];
  for (const selection of target.selections) found.push(...(await findSelected(selection, target, context, errors)));
  for (const { object, file } of target.manifests) {
    const resource = await context.discovery.ofObject(object);
    await getObject(context.client, resource, namespaceOf(resource, object, context), object.metadata.name).then(
      (current) => found.push({ resource, object: current }),
      (error) => errors.push(withContext(error, `error when ${doing} ${JSON.stringify(file)}: `)),
    );
  }
  return found;
}
