/**
 * kube-proxy as a component: Service addresses as iptables rules of this node.
 */

import { nodeResource } from '../../helper/api/core/node';
import { serviceResource } from '../../helper/api/core/service';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import type { RestClient } from '../../helper/client/rest-client';
import { startInformer } from '../../helper/client/start-informer';
import type { Component, Logger } from '../../helper/process/component';
import { hostAddresses } from '../../helper/process/default-settings';
import type { Settings } from '../../helper/process/settings';
import { HealthCheckPorts } from './health-check-ports';
import { heldAddresses } from './held-addresses';
import { hostIptables } from './iptables';
import { nodePortAddresses } from './node-port-addresses';
import { Proxier, removeRules } from './proxier';
import type { ServicePort } from './service-ports';
import { createServiceRoutes } from './service-routes';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const IDLE = { async stop() {} };
/** Events that follow each other so closely come together; the first after a quiet time comes at once. */
const BATCHED = { batchMilliseconds: 5 };

/**
 * Holds load balancer addresses of the node network here, when the pool lies in it. undefined otherwise: then other hosts need a route,
 * and no Nodes are watched for it.
 */
async function holdAddresses(settings: Settings, client: RestClient, log: Logger) {
  const { nodeName, nodeIp, loadBalancerCidr: pool } = settings;
  const { AddressHolder, linkOfPool } = await import('./address-holder');
  const link = linkOfPool(nodeIp, pool);
  if (!link) return undefined;
  const holder = new AddressHolder(link, pool, log);
  const nodes = startInformer(client, nodeResource, {}, log);
  let ports: readonly ServicePort[] | undefined;
  const apply = async () => {
    // Of half the nodes one that is not there yet may be the holder.
    if (!ports || !nodes.hasSynced) return;
    const wanted = heldAddresses(ports, nodes.list(), { nodeName, network: link.network });
    await holder
      .set(wanted)
      .catch((error: unknown) => log.warn({ error: String(error) }, 'addresses could not be set'));
  };
  nodes.addHandler({ onChange: () => void apply() });
  void nodes.whenSynced().then(apply);
  return {
    set(current: readonly ServicePort[]) {
      ports = current;
      return apply();
    },
    stop: () => nodes.stop(),
  };
}

export const component: Component = {
  name: 'kube-proxy',
  summary: 'Service addresses as iptables rules',
  async start({ settings, log, addReadyCheck }) {
    if (settings.runtime === 'simulated') {
      log.info('simulated pods have no traffic; no rules are written');
      return IDLE;
    }
    const client = followKubeconfig(settings.kubeconfig, { userAgent: 'kube-proxy' }, log);
    const services = startInformer(client, serviceResource, BATCHED, log);
    const slices = startInformer(client, endpointSliceResource, BATCHED, log);
    const held = await holdAddresses(settings, client, log);
    const addresses = () => hostAddresses().map(({ address }) => address);
    const proxier = new Proxier({
      services,
      slices,
      iptables: hostIptables,
      routes: createServiceRoutes(settings.bridgeName, settings.serviceCidrs[0] ?? ''),
      healthChecks: new HealthCheckPorts(log),
      nodeName: settings.nodeName,
      rules: { prefix: settings.chainPrefix, podCidr: settings.podCidr },
      nodePortAddresses: () => nodePortAddresses(settings.nodePortAddresses, settings.nodeIp, addresses),
      ...(held ? { onSynced: held.set } : {}),
      log,
    });
    const node = startInformer(client, nodeResource, { fieldSelector: `metadata.name=${settings.nodeName}` }, log);
    node.addHandler({ onChange: (_, after) => proxier.setZone(after?.metadata.labels?.[ZONE_LABEL]) });
    addReadyCheck('rules', () => proxier.notReadyReason());
    void Promise.all([services.whenSynced(), slices.whenSynced()]).then(() => proxier.start());
    return {
      async stop() {
        // The rules stay: Services must go on answering while the proxy is replaced.
        services.stop();
        slices.stop();
        node.stop();
        held?.stop();
        await proxier.stop();
        client.close();
      },
    };
  },
  async cleanup({ settings, log }) {
    if (settings.runtime === 'simulated') return;
    await removeRules(hostIptables, settings.chainPrefix);
    const { AddressHolder, linkOfPool } = await import('./address-holder');
    const link = linkOfPool(settings.nodeIp, settings.loadBalancerCidr);
    if (link) await new AddressHolder(link, settings.loadBalancerCidr, log).set([]);
  },
};
