/**
 * The service controller as a component: reports Services whose address or node port collides or is out of range.
 */
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { type ControllerSpec, EMPTY_PLAN } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { type Ranges, reconcileService } from './reconcile';

export function serviceController(ranges: Ranges): ControllerSpec<Service> {
  return {
    name: 'service-controller',
    primary: serviceResource,
    watches: [],
    plan(service, _key, view) {
      if (!service) return EMPTY_PLAN;
      const findings = reconcileService(service, view.cache(serviceResource).list(), ranges);
      return { steps: [], events: findings.map((finding) => ({ type: 'Warning', ...finding })) };
    },
  };
}

export const component: Component = oneActs({
  name: 'service-controller',
  summary: 'checks cluster addresses and node ports',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'service-controller' });
    const controllers = runControllers(
      [serviceController({ serviceCidrs: settings.serviceCidrs, nodePorts: settings.nodePortRange })],
      { client, log },
    );
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
