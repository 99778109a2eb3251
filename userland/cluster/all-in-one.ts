/**
 * Every component in one process: the least memory and the fastest start, for laptops and tests.
 *
 * The same `start()` functions as the separate processes, over the same HTTPS API, each with its own identity and log name.
 * With `components.ts` this is the composition root: the one place that names code of all rooms.
 */
import { join } from 'node:path';
import type { Component, ComponentContext, RunningComponent } from '../../helper/process/component';
import { createLogger } from '../../helper/process/log';
import { runComponent } from '../../helper/process/run-component';

const LOADERS: readonly (() => Promise<{ component: Component }>)[] = [
  () => import('../../master/apiserver/main'),
  () => import('../../worker/kubelet/main'),
  () => import('../../master/controllers/node/main'),
  () => import('../../master/controllers/namespace/main'),
  () => import('../../worker/kubeproxy/main'),
  () => import('../../worker/network/overlay/main'),
  () => import('../../worker/dns/main'),
  () => import('../../master/scheduler/main'),
  () => import('../../master/controllers/deployment/main'),
  () => import('../../master/controllers/replicaset/main'),
  () => import('../../master/controllers/endpoints/main'),
  () => import('../../master/controllers/service/main'),
  () => import('../../master/controllers/garbage-collector/main'),
  () => import('../../master/controllers/certificates/main'),
  () => import('../../master/controllers/resourcequota/main'),
  () => import('../../master/controllers/volume/main'),
];

/** Components of a later time: started when another one asks for them. */
const ON_DEMAND: Readonly<Record<string, () => Promise<{ component: Component }>>> = {
  'ingress-controller': () => import('../../master/controllers/ingress/main'),
};

function contextOf(context: ComponentContext, name: string): ComponentContext {
  const kubeconfig = join(context.settings.home, 'kubeconfig', `${name}.kubeconfig`);
  return {
    settings: { ...context.settings, kubeconfig },
    log: createLogger(name, context.settings),
    addReadyCheck: (check, run) => context.addReadyCheck(`${name}/${check}`, run),
  };
}

runComponent({
  name: 'all-in-one',
  summary: 'every component in one process',
  async start(context: ComponentContext): Promise<RunningComponent> {
    const running: RunningComponent[] = [];
    const awake = new Set<string>();
    const wake = async (name: string) => {
      const load = ON_DEMAND[name];
      if (!load || awake.has(name)) return;
      awake.add(name);
      running.push(await (await load()).component.start(contextOf(context, name)));
    };
    for (const load of LOADERS) {
      const { component } = await load();
      running.push(await component.start({ ...contextOf(context, component.name), wake }));
    }
    return {
      async stop() {
        // The api-server was started first and ends last: the others still write their last word to it.
        for (const component of running.reverse()) await component.stop();
      },
    };
  },
});
