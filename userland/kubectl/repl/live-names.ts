/**
 * Names for completion, from the cluster as it is now. Nothing here fails or takes long: TAB then offers nothing.
 */
import type { Command } from 'commander';
import { podResource } from '../../../helper/api/core/pod';
import { readMerged } from '../config/kubeconfig-file';
import { kubeconfigPaths } from '../connection';
import { shownName } from '../dialect/shown-name';
import { allContainers } from '../resources/choose-container';
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

/** Long flags of a command and of the program around it. */
function flagsOf(program: Command, verb: string, subcommand: string): string[] {
  const command = program.commands.find((child) => child.name() === verb);
  const inner = command?.commands.find((child) => child.name() === subcommand) ?? command;
  const options = [...(inner?.options ?? []), ...program.options];
  return options.flatMap(({ long }) => long ?? []).sort();
}

/** Names for the verbs of this program. */
export function liveNames(shell: Shell, program: Command, verbs: readonly string[]): Names {
  const subcommands = (verb: string) =>
    program.commands.find((command) => command.name() === verb)?.commands.map((command) => command.name()) ?? [];
  const kinds = async () => {
    const resources = await shell.connect({}).discovery.all();
    return [...new Set(resources.filter((resource) => resource.verbs.includes('list')).map(({ plural }) => plural))];
  };
  const containers = async (name: string) => {
    const { client, config } = shell.connect({});
    return allContainers(await client.get(podResource, config.namespace ?? 'default', name)).map((each) => each.name);
  };
  const contexts = () => {
    try {
      return readMerged(kubeconfigPaths({}, shell)).contexts.map(({ name }) => name);
    } catch {
      return [];
    }
  };
  const objects = async (kind: string, wanted?: string) => {
    const { client, discovery, config } = shell.connect({});
    const resource = await discovery.find(kind);
    const namespace = resource.namespaced ? (wanted ?? config.namespace ?? 'default') : '';
    const { items } = await client.list<AnyObject>(resource, { namespace, limit: MAX_NAMES });
    return items.map(shownName);
  };
  return {
    verbs,
    subcommands,
    // A connection that cannot be made throws at once; `async` turns that into a rejection.
    kinds: () => soon(kinds()),
    objects: (kind, namespace) => soon(objects(kind, namespace)),
    containers: (pod) => soon(containers(pod)),
    contexts,
    flags: (verb, subcommand) => flagsOf(program, verb, subcommand),
  };
}
