/**
 * The scheduler as a component.
 */
import { nodeResource } from '../../helper/api/core/node';
import { podResource } from '../../helper/api/core/pod';
import { loadKubeconfig } from '../../helper/client/kubeconfig';
import { createClient } from '../../helper/client/rest-client';
import { startInformer } from '../../helper/client/start-informer';
import { createEventRecorder } from '../../helper/controller/event-recorder';
import type { Component } from '../../helper/process/component';
import { SCHEDULER_NAME, Scheduler } from './scheduler';

export const component: Component = {
  name: 'scheduler',
  summary: 'chooses a node for each pod',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'kube-scheduler' });
    const nodes = startInformer(client, nodeResource, {}, log);
    const pods = startInformer(client, podResource, {}, log);
    const recorder = createEventRecorder(client, { component: SCHEDULER_NAME });
    const scheduler = new Scheduler({ client, pods, nodes, recorder, log, now: Date.now, random: Math.random });
    addReadyCheck('informers', () =>
      pods.hasSynced && nodes.hasSynced ? undefined : 'the first list of pods and nodes is not in',
    );
    void Promise.all([nodes.whenSynced(), pods.whenSynced()]).then(() => scheduler.start());
    return {
      async stop() {
        scheduler.stop();
        pods.stop();
        nodes.stop();
        await recorder.flush();
        client.close();
      },
    };
  },
};
