/**
 * The api-server as a component: opens the store, fills the watch caches, listens.
 *
 * Everything it keeps is in the store: killed at any moment and started again, it serves the same cluster. A store that does not answer
 * at start is waited for, saying so in the log, at `/readyz` and to every client: after a power cut api-server and etcd come up in any order.
 * https://kubernetes.io/docs/concepts/overview/components/#kube-apiserver
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component, ComponentContext, RunningComponent } from '../../helper/process/component';
import { openStore } from '../storage/open-store';
import { StoreUnavailable } from '../storage/store';
import { listen } from './listen';
import { type ApiServer, startApiServer } from './start';
import { WaitingForStore } from './waiting-for-store';

type Opened = Pick<ApiServer, 'secure' | 'plain' | 'stop'>;

const pkiOf = (context: ComponentContext) => (file: string) => readFileSync(join(context.settings.home, 'pki', file));

/** The server, ready to listen. Throws StoreUnavailable when the store does not answer. */
async function open(context: ComponentContext): Promise<Opened> {
  const { settings, log } = context;
  const store = await openStore(settings, log);
  try {
    const api = await startApiServer({ settings, log, store, pki: pkiOf(context) });
    const { secure, plain } = api;
    return {
      secure,
      plain,
      async stop() {
        await api.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function serve(api: Opened, { settings, log }: ComponentContext): Promise<RunningComponent> {
  try {
    await listen(api.secure, settings.portBase, settings.bindAddress);
    if (api.plain) await listen(api.plain, settings.insecurePort, '127.0.0.1');
  } catch (error) {
    await api.stop();
    throw error;
  }
  log.info({ port: settings.portBase, address: settings.bindAddress }, 'serving');
  return api;
}

async function start(context: ComponentContext): Promise<RunningComponent> {
  try {
    return await serve(await open(context), context);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const pki = pkiOf(context);
    const tls = { cert: pki('apiserver.crt'), key: pki('apiserver.key'), ca: pki('ca.crt') };
    const waiting = new WaitingForStore(context, { tls, open: () => open(context), serve }, error.message);
    await waiting.start();
    return waiting;
  }
}

export const component: Component = {
  name: 'api-server',
  summary: 'serves the Kubernetes API over HTTPS and keeps all state',
  start,
};
