/**
 * The node controller as a component: pod addresses for new nodes, and what happens when a node falls silent.
 */
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { nodeIpamController } from './node-ipam';

const NAME = 'node-controller';

export const component: Component = {
  name: NAME,
  summary: 'pod ranges, health, taints and evictions of nodes',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const controllers = runControllers([nodeIpamController(settings.podCidr)], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
};
