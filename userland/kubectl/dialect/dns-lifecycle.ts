/**
 * What the dialect's verbs do to a Dns, which is an Ingress. nginx follows it by itself; `update` and `restart` make the controller look again.
 */
import { type Ingress, ingressResource } from '../../../helper/api/networking/ingress';
import type { Context } from '../verb';
import { findCalled } from './find-called';
import { shownName } from './shown-name';
import { RESYNC_ANNOTATION } from './status-words';

const findDns = (name: string, { client, namespace }: Context) => findCalled(client, ingressResource, namespace, name);
const say = (context: Context, dns: Ingress, what: string) => context.output.out(`dns/${shownName(dns)} ${what}\n`);

/** A change of the Ingress has the whole configuration made and checked again. */
export async function touchDns(name: string, context: Context): Promise<void> {
  const dns = await findDns(name, context);
  const annotations = { [RESYNC_ANNOTATION]: `update ${new Date().toISOString()}` };
  const { namespace = '', name: canonical } = dns.metadata;
  await context.client.patch(ingressResource, namespace, canonical, 'merge', { metadata: { annotations } });
  say(context, dns, 'updated');
}

export async function removeDns(name: string, context: Context): Promise<void> {
  const dns = await findDns(name, context);
  await context.client.delete(ingressResource, dns.metadata.namespace ?? '', dns.metadata.name);
  say(context, dns, 'removed');
}

export async function dnsNames({ client, namespace }: Context): Promise<string[]> {
  const { items } = await client.list(ingressResource, { namespace });
  return items.map(({ metadata }) => metadata.name);
}
