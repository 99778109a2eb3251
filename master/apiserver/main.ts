/**
 * The api-server as a component: opens the store, fills the watch caches, listens.
 *
 * Everything it keeps is in the store: killed at any moment and started again, it serves the same cluster.
 * https://kubernetes.io/docs/concepts/overview/components/#kube-apiserver
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Component, ComponentContext, RunningComponent } from '../../helper/process/component';
import { openStore } from '../storage/open-store';
import { startApiServer } from './start';

/** The port the server was given. */
async function listen(server: Server, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        isTaken
          ? new Error(
              `port ${port} on ${address} is taken by another process; free it or choose another with MINIK8S_PORT_BASE`,
            )
          : error,
      );
    });
    server.listen(port, address, resolve);
  });
}

async function start(context: ComponentContext): Promise<RunningComponent> {
  const { settings, log } = context;
  const store = await openStore(settings, log);
  const pki = (file: string) => readFileSync(join(settings.home, 'pki', file));
  const api = await startApiServer({ settings, log, store, pki });
  try {
    await listen(api.secure, settings.portBase, settings.bindAddress);
    if (api.plain) await listen(api.plain, settings.insecurePort, '127.0.0.1');
  } catch (error) {
    await api.stop();
    await store.close();
    throw error;
  }
  context.addReadyCheck('listening', () => (api.secure.listening ? undefined : 'not listening'));
  log.info({ port: settings.portBase, address: settings.bindAddress }, 'serving');
  return {
    async stop() {
      await api.stop();
      await store.close();
    },
  };
}

export const component: Component = {
  name: 'api-server',
  summary: 'serves the Kubernetes API over HTTPS and keeps all state',
  start,
};
