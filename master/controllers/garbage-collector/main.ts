/**
 * The garbage collector as a component: deletes what belonged to deleted owners.
 */
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { oneActs } from '../../../helper/controller/one-acts';
import type { Component } from '../../../helper/process/component';
import { startCollector } from './start-collector';

const NAME = 'garbage-collector';

export const component: Component = oneActs({
  name: NAME,
  summary: 'deletes what belonged to deleted owners',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME, metadataOnly: true });
    const collector = startCollector(client, log);
    addReadyCheck('informers', collector.readyCheck);
    return {
      async stop() {
        await collector.stop();
        client.close();
      },
    };
  },
});
