/**
 * The ingress controller as a component. It runs from the first Ingress on (see `../service/ingress-demand.ts`).
 */

import { deploymentResource } from '../../../helper/api/apps/deployment';
import { podResource } from '../../../helper/api/core/pod';
import { secretResource } from '../../../helper/api/core/secret';
import { serviceResource } from '../../../helper/api/core/service';
import { endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import type { KubeObject } from '../../../helper/api/meta';
import { type Ingress, ingressResource } from '../../../helper/api/networking/ingress';
import { ingressClassResource } from '../../../helper/api/networking/ingress-class';
import type { Resource } from '../../../helper/api/resource';
import { isAlreadyExists } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { startInformer } from '../../../helper/client/start-informer';
import { createEventRecorder } from '../../../helper/controller/event-recorder';
import { oneActs } from '../../../helper/controller/one-acts';
import type { Component, Logger } from '../../../helper/process/component';
import { IngressController, type IngressInformers } from './ingress-controller';
import type { Installation } from './install-script';
import {
  ACCEPTED_SECRET,
  acceptedIngresses,
  acceptedSecret,
  PROXY_DEPLOYMENT,
  PROXY_NAMESPACE,
  PROXY_SELECTOR,
  PROXY_SERVICE_OBJECT,
} from './proxy-objects';
import { installByExec } from './proxy-pods';

const NAME = 'ingress-controller';

function startInformers(client: ApiClient, log: Logger): IngressInformers {
  return {
    ingresses: startInformer(client, ingressResource, {}, log),
    classes: startInformer(client, ingressClassResource, {}, log),
    services: startInformer(client, serviceResource, {}, log),
    slices: startInformer(client, endpointSliceResource, {}, log),
    secrets: startInformer(client, secretResource, { fieldSelector: 'type=kubernetes.io/tls' }, log),
    pods: startInformer(client, podResource, { namespace: PROXY_NAMESPACE, labelSelector: PROXY_SELECTOR }, log),
  };
}

async function createMissing<T extends KubeObject>(client: ApiClient, resource: Resource<T>, object: T): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function createProxy(client: ApiClient): Promise<void> {
  await createMissing(client, serviceResource, PROXY_SERVICE_OBJECT);
  await createMissing(client, deploymentResource, PROXY_DEPLOYMENT);
}

async function keepAccepted(client: ApiClient, { script }: Installation, ingresses: readonly Ingress[]): Promise<void> {
  const secret = acceptedSecret(script, ingresses);
  const { namespace = '', name } = secret.metadata;
  try {
    await client.create(secretResource, secret);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await client.patch(secretResource, namespace, name, 'merge', { data: secret.data });
  }
}

async function readAccepted(client: ApiClient): Promise<Ingress[]> {
  const only = { namespace: PROXY_NAMESPACE, fieldSelector: `metadata.name=${ACCEPTED_SECRET}` };
  return acceptedIngresses((await client.list(secretResource, only)).items);
}

export const component: Component = oneActs({
  name: NAME,
  summary: 'Ingresses and hosts of the dialect, through nginx; runs from the first one on',
  async start({ settings, log }) {
    const config = loadKubeconfig(settings.kubeconfig);
    const client = createClient(config, { userAgent: NAME });
    const informers = startInformers(client, log);
    const recorder = createEventRecorder(client, { component: NAME, log });
    const controller = new IngressController({
      client,
      informers,
      // Simulated pods run no nginx that could have an opinion.
      install: settings.runtime === 'simulated' ? async () => undefined : installByExec(config),
      createProxy: () => createProxy(client),
      keepAccepted: (installation, ingresses) => keepAccepted(client, installation, ingresses),
      readAccepted: () => readAccepted(client),
      recorder,
      log,
    });
    void controller.start();
    return {
      async stop() {
        for (const informer of Object.values(informers)) informer.stop();
        await controller.stop();
        await recorder.stop();
        client.close();
      },
    };
  },
});
