/**
 * The node controller as a component: pod addresses for new nodes, node health and taints, eviction, pod garbage collection.
 */
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { evictionController } from './eviction-controller';
import { lifecycleController } from './lifecycle-controller';
import { nodeIpamController } from './node-ipam-controller';
import { podGcController } from './pod-gc-controller';

const NAME = 'node-controller';

export const component: Component = oneActs({
  name: NAME,
  summary: 'pod ranges, health, taints and evictions of nodes',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const specs = [
      nodeIpamController(settings.podCidr),
      lifecycleController(client, settings.nodeGraceSeconds),
      evictionController(),
      podGcController(client),
    ];
    const controllers = runControllers(specs, { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
