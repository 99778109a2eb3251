/**
 * The volume controller as a component: binding, protection, expansion, ephemeral claims and our provisioners.
 *
 * One process for all of them, as in kube-controller-manager: they look at the same few kinds, and each alone would cost a
 * process and another copy of every claim, volume and pod.
 */
import { join } from 'node:path';
import type { KubeObject } from '../../../helper/api/meta';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import type { ControllerSpec } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { claimBinder, claimExpander, claimProtection, ephemeralClaims, volumeKeeper, volumeProtection } from './binder';
import { createStandardClass, disposer, provisioner } from './provisioner';

const NAME = 'volume-controller';

export const component: Component = oneActs({
  name: NAME,
  summary: 'binds claims to volumes, makes and protects them',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const specs = [
      claimBinder,
      volumeKeeper(client),
      claimProtection(client),
      volumeProtection,
      claimExpander,
      ephemeralClaims,
      provisioner(join(settings.home, 'local-volumes')),
      disposer(client),
    ] as readonly ControllerSpec<KubeObject>[];
    const controllers = runControllers(specs, { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    controllers
      .whenSynced()
      .then(() => createStandardClass(client))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'no default storage class made'));
    return controllers;
  },
});
