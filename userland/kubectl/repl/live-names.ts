/**
 * Names for completion, from the cluster as it is now. Nothing here fails or takes long: TAB then offers nothing.
 */
import { shownName } from '../dialect/shown-name';
import type { AnyObject } from '../resources/get-object';
import type { Shell } from '../shell';
import type { Names } from './complete';

const LIMIT_MS = 2000;
const MAX_NAMES = 500;

/** [] when it fails or takes too long. */
async function soon(work: Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), LIMIT_MS);
  });
  return Promise.race([work.catch(() => []), limit]).finally(() => clearTimeout(timer));
}

export function liveNames(shell: Shell, verbs: readonly string[], subcommands: Names['subcommands']): Names {
  const kinds = async () => {
    const resources = await shell.connect({}).discovery.all();
    return [...new Set(resources.filter((resource) => resource.verbs.includes('list')).map(({ plural }) => plural))];
  };
  const objects = async (kind: string) => {
    const { client, discovery, config } = shell.connect({});
    const resource = await discovery.find(kind);
    const namespace = resource.namespaced ? (config.namespace ?? 'default') : '';
    const { items } = await client.list<AnyObject>(resource, { namespace, limit: MAX_NAMES });
    return items.map(shownName);
  };
  return {
    verbs,
    subcommands,
    // A connection that cannot be made throws at once; `async` turns that into a rejection.
    kinds: () => soon(kinds()),
    objects: (kind) => soon(objects(kind)),
  };
}
