/**
 * The scheduler as a component.
 */
import { namespaceResource } from '../../helper/api/core/namespace';
import { nodeResource } from '../../helper/api/core/node';
import { persistentVolumeResource } from '../../helper/api/core/persistent-volume';
import { persistentVolumeClaimResource } from '../../helper/api/core/persistent-volume-claim';
import { podResource } from '../../helper/api/core/pod';
import { storageClassResource } from '../../helper/api/storage/storage-class';
import { loadKubeconfig } from '../../helper/client/kubeconfig';
import { createClient } from '../../helper/client/rest-client';
import { startInformer } from '../../helper/client/start-informer';
import { createEventRecorder } from '../../helper/controller/event-recorder';
import { oneActs } from '../../helper/controller/one-acts';
import type { Component } from '../../helper/process/component';
import { SCHEDULER_NAME, Scheduler } from './scheduler';

/** A lone pod is seen at once; of a flood, what came in this time together. */
const BATCH_MILLISECONDS = 10;

export const component: Component = oneActs({
  name: 'scheduler',
  summary: 'chooses a node for each pod',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'kube-scheduler' });
    const nodes = startInformer(client, nodeResource, {}, log);
    const pods = startInformer(client, podResource, { batchMilliseconds: BATCH_MILLISECONDS }, log);
    const namespaces = startInformer(client, namespaceResource, {}, log);
    const storage = {
      claims: startInformer(client, persistentVolumeClaimResource, {}, log),
      volumes: startInformer(client, persistentVolumeResource, {}, log),
      classes: startInformer(client, storageClassResource, {}, log),
    };
    const informers = [nodes, pods, namespaces, ...Object.values(storage)];
    const recorder = createEventRecorder(client, { component: SCHEDULER_NAME });
    const { now } = Date;
    const { random } = Math;
    const scheduler = new Scheduler({ client, pods, nodes, namespaces, storage, recorder, log, now, random });
    addReadyCheck('informers', () =>
      informers.every(({ hasSynced }) => hasSynced)
        ? undefined
        : 'the first list of pods, nodes, namespaces or storage is not in',
    );
    void Promise.all(informers.map((informer) => informer.whenSynced())).then(() => scheduler.start());
    return {
      async stop() {
        scheduler.stop();
        for (const informer of informers) informer.stop();
        await recorder.flush();
        client.close();
      },
    };
  },
});
