/**
 * A client that follows its kubeconfig: when the file is replaced, by a renewed certificate, it goes on with the new one.
 *
 * For what runs on every node: the kubelet renews their certificates there. No process is started again for it.
 * https://kubernetes.io/docs/tasks/tls/certificate-rotation/
 */
import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from 'pino';
import { loadKubeconfig } from './kubeconfig';
import { createClient, type RestClient, type RestClientOptions } from './rest-client';

/** A look at one file; the old certificate is good for a tenth of its life yet when a new one comes. */
const LOOK_EVERY_MS = 1000;

/** {@link createClient} for this file, until `close()`. Throws as {@link loadKubeconfig} does when it cannot be read now. */
export function followKubeconfig(path: string, options: RestClientOptions, log: Logger): RestClient {
  const client = createClient(loadKubeconfig(path), options);
  const follow: StatsListener = (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
    try {
      client.identify(loadKubeconfig(path));
      log.info({ path }, 'the certificate was renewed');
    } catch (error) {
      // Half written, or gone: what was read before goes on.
      log.warn({ path, error: String(error) }, 'the kubeconfig cannot be read any more');
    }
  };
  watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, follow);
  const close = client.close.bind(client);
  client.close = () => {
    unwatchFile(path, follow);
    close();
  };
  return client;
}
