/**
 * Which pod, when none was named: asked at the prompt, an error on the command line.
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError } from '../command-error';
import { choose } from '../questions';
import type { Context } from '../verb';

export async function choosePod(context: Context, verb: string): Promise<Pod> {
  if (!context.shell.isPrompt) throw new CommandError(`pod, type/name or selector must be specified for ${verb}`);
  const { items } = await context.client.list(podResource, { namespace: context.namespace });
  const [only] = items;
  if (!only) throw new CommandError(`there is no pod in namespace ${context.namespace}`);
  if (items.length === 1) return only;
  const names = items.map(({ metadata }) => metadata.name);
  const name = await choose(context.shell, `${verb} of which pod?`, names);
  return items.find(({ metadata }) => metadata.name === name) ?? only;
}
