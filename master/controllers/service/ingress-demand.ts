/**
 * Wakes the ingress controller when the first Ingress appears: a cluster without any pays for no nginx and no process.
 *
 * It stands with the service controller because that one looks at what comes in from outside anyway; the IngressClass is made here too,
 * since without it no Ingress would have a class to be served by.
 */
import { ingressResource } from '../../../helper/api/networking/ingress';
import { ingressClassResource } from '../../../helper/api/networking/ingress-class';
import { NGINX_CLASS } from '../../../helper/api/networking/nginx-class';
import { isAlreadyExists } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { startInformer } from '../../../helper/client/start-informer';
import type { Logger } from '../../../helper/process/component';

const RETRY_MS = 1000;

async function createClass(client: ApiClient): Promise<void> {
  try {
    await client.create(ingressClassResource, NGINX_CLASS);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Looks until there is an Ingress, then calls `wake` until that succeeds. Returns how to end it. */
export function watchForIngresses(client: ApiClient, wake: () => Promise<void>, log: Logger): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isAwake = false;
  const ingresses = startInformer(client, ingressResource, {}, log);
  const tryWake = () => {
    wake().then(
      () => ingresses.stop(),
      (error: Error) => {
        log.debug({ error: error.message }, 'the ingress controller could not be started; trying again');
        timer = setTimeout(tryWake, RETRY_MS);
      },
    );
  };
  ingresses.addHandler({
    onChange() {
      if (isAwake) return;
      isAwake = true;
      tryWake();
    },
  });
  ingresses
    .whenSynced()
    .then(() => createClass(client))
    .catch((error: unknown) => log.warn({ error: String(error) }, 'no IngressClass made'));
  return () => {
    clearTimeout(timer);
    ingresses.stop();
  };
}
