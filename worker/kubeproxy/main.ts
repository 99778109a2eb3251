/**
 * kube-proxy as a component: Service addresses as iptables rules of this node.
 */

import { nodeResource } from '../../helper/api/core/node';
import { serviceResource } from '../../helper/api/core/service';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import { startInformer } from '../../helper/client/start-informer';
import type { Component } from '../../helper/process/component';
import { HealthCheckPorts } from './health-check-ports';
import { hostIptables } from './iptables';
import { Proxier, removeRules } from './proxier';
import { createServiceRoutes } from './service-routes';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const IDLE = { async stop() {} };
/** Events that follow each other so closely come together; the first after a quiet time comes at once. */
const BATCHED = { batchMilliseconds: 5 };

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
    const proxier = new Proxier({
      services,
      slices,
      iptables: hostIptables,
      routes: createServiceRoutes(settings.bridgeName, settings.serviceCidrs[0] ?? ''),
      healthChecks: new HealthCheckPorts(log),
      nodeName: settings.nodeName,
      rules: { prefix: settings.chainPrefix, podCidr: settings.podCidr },
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
        await proxier.stop();
        client.close();
      },
    };
  },
  async cleanup({ settings }) {
    if (settings.runtime !== 'simulated') await removeRules(hostIptables, settings.chainPrefix);
  },
};
