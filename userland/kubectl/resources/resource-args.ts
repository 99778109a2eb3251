/**
 * The words that name objects: `pods`, `pods web`, `pod/web svc/web`, `deploy,svc`, `all`.
 * https://kubernetes.io/docs/reference/kubectl/#resource-types
 */
import { CommandError } from '../command-error';
import type { Discovery, ServedResource } from './discovery';

/** One type and the wanted names; no names means all objects of the type. */
export interface Selection {
  readonly resource: ServedResource;
  readonly names: readonly string[];
}

async function resourcesOf(type: string, discovery: Discovery): Promise<readonly ServedResource[]> {
  const inCategory = await discovery.category(type);
  return inCategory.length > 0 ? inCategory : [await discovery.find(type)];
}

async function splitTypes(types: string, discovery: Discovery): Promise<ServedResource[]> {
  const parts = types.split(',');
  if (parts.includes('')) throw new CommandError('arguments in resource form may not have an empty type');
  return (await Promise.all(parts.map((type) => resourcesOf(type, discovery)))).flat();
}

/** Names of one type in a row become one selection, so that they share a table. */
function joinNeighbours(selections: readonly Selection[]): Selection[] {
  const joined: Selection[] = [];
  for (const selection of selections) {
    const same = joined.findIndex(({ resource }) => resource === selection.resource);
    const previous = joined[same];
    if (previous) joined[same] = { ...previous, names: [...previous.names, ...selection.names] };
    else joined.push(selection);
  }
  return joined;
}

async function parseSlashForm(args: readonly string[], discovery: Discovery): Promise<Selection[]> {
  const selections: Selection[] = [];
  for (const arg of args) {
    const [type = '', name = '', ...more] = arg.split('/');
    if (name === '' || type === '' || more.length > 0)
      throw new CommandError(`arguments in resource/name form must have a single resource and name`);
    for (const resource of await splitTypes(type, discovery)) selections.push({ resource, names: [name] });
  }
  return joinNeighbours(selections);
}

/** Throws a CommandError with kubectl's words; resolves with [] for no words. */
export async function parseResourceArgs(args: readonly string[], discovery: Discovery): Promise<Selection[]> {
  const [types, ...names] = args;
  if (types === undefined) return [];
  const withSlash = args.filter((arg) => arg.includes('/')).length;
  if (withSlash === args.length) return parseSlashForm(args, discovery);
  if (withSlash > 0) {
    throw new CommandError(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  return (await splitTypes(types, discovery)).map((resource) => ({ resource, names: [...new Set(names)] }));
}
