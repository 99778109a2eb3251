/**
 * What the dialect's verbs do to a Service. Endpoints follow pods by themselves; these force them to be computed anew.
 */
import { endpointsResource } from '../../../helper/api/core/endpoints';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { isNotFound } from '../../../helper/api/status-error';
import type { Context } from '../verb';
import { findCalled } from './find-called';
import { shownName } from './shown-name';
import { RESYNC_ANNOTATION } from './status-words';

const findService = (name: string, { client, namespace }: Context) =>
  findCalled(client, serviceResource, namespace, name);
const say = (context: Context, service: Service, what: string) =>
  context.output.out(`service/${shownName(service)} ${what}\n`);

/** A change of the Service wakes everything that serves it. */
async function touch(service: Service, how: 'update' | 'restart', { client }: Context): Promise<void> {
  const { namespace = '', name } = service.metadata;
  const annotations = { [RESYNC_ANNOTATION]: `${how} ${new Date().toISOString()}` };
  await client.patch(serviceResource, namespace, name, 'merge', { metadata: { annotations } });
}

export async function updateService(name: string, context: Context): Promise<void> {
  const service = await findService(name, context);
  await touch(service, 'update', context);
  say(context, service, 'updated');
}

/** As update; its Endpoints are made anew, and `show` says Restarting until they are. The rules of kube-proxy stay meanwhile. */
export async function restartService(name: string, context: Context): Promise<void> {
  const service = await findService(name, context);
  await touch(service, 'restart', context);
  const { namespace = '', name: canonical } = service.metadata;
  const hasSelector = Object.keys(service.spec?.selector ?? {}).length > 0;
  // Without a selector nobody would make them again.
  if (hasSelector) {
    await context.client.delete(endpointsResource, namespace, canonical).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
  say(context, service, 'restarted');
}

export async function removeService(name: string, context: Context): Promise<void> {
  const service = await findService(name, context);
  await context.client.delete(serviceResource, service.metadata.namespace ?? '', service.metadata.name);
  say(context, service, 'removed');
}

/** The Service of the API server itself is nobody's to remove. */
export async function serviceNames({ client, namespace }: Context): Promise<string[]> {
  const { items } = await client.list(serviceResource, { namespace });
  return items
    .map(({ metadata }) => metadata.name)
    .filter((name) => !(namespace === 'default' && name === 'kubernetes'));
}
