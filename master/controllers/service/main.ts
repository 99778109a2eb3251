/**
 * The service controller as a component: addresses for load balancers, and reports of Services whose address or node port
 * collides or is out of range.
 */
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { type ControllerSpec, EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { wakeComponent } from '../../../helper/process/wake-component';
import { watchForIngresses } from './ingress-demand';
import { planLoadBalancer } from './load-balancer';
import { type Ranges, reconcileService } from './reconcile';

export function serviceController(ranges: Ranges): ControllerSpec<Service> {
  const given = new Map<string, string>();
  return {
    name: 'service-controller',
    primary: serviceResource,
    watches: [],
    // One at a time: two Services must not choose the same address.
    workers: 1,
    plan(service, key, view): Plan {
      if (!service) {
        given.delete(key);
        return EMPTY_PLAN;
      }
      const all = view.cache(serviceResource).list();
      const findings = reconcileService(service, all, ranges);
      const { ingress, problem } = planLoadBalancer(service, all, ranges.loadBalancerCidr, given);
      const [address] = ingress ?? [];
      if (address?.ip) given.set(key, address.ip);
      else if (ingress) given.delete(key);
      const status = ingress && {
        ...service.status,
        loadBalancer: ingress.length > 0 ? { ingress: [...ingress] } : {},
      };
      const pending = problem ? [{ reason: 'SyncLoadBalancerFailed', message: problem }] : [];
      return {
        steps: status
          ? [[{ verb: 'updateStatus', resource: serviceResource, object: { ...service, status } as Service }]]
          : [],
        events: [...findings, ...pending].map((finding) => ({ type: 'Warning', ...finding })),
        ...(problem ? { requeueAfterMs: RETRY_MS } : {}),
      };
    },
  };
}

/** Another Service may have given its address back. */
const RETRY_MS = 5000;

export const component: Component = oneActs({
  name: 'service-controller',
  summary: 'addresses of load balancers; checks cluster addresses and node ports',
  async start({ settings, log, addReadyCheck, wake }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'service-controller' });
    const { serviceCidrs, nodePortRange: nodePorts, loadBalancerCidr } = settings;
    const controllers = runControllers([serviceController({ serviceCidrs, nodePorts, loadBalancerCidr })], {
      client,
      log,
    });
    addReadyCheck('informers', controllers.readyCheck);
    const wakeIngress = wake ?? ((name: string) => wakeComponent(settings.home, name));
    const stopWatching = watchForIngresses(client, () => wakeIngress('ingress-controller'), log);
    return {
      async stop() {
        stopWatching();
        await controllers.stop();
      },
    };
  },
});
