/**
 * Keeps bootstrap tokens and the signatures made with them true: after every change of either, and when a token's time is over.
 *
 * Two narrow informers instead of the harness: one object and the few Secrets of one type are followed, not all ConfigMaps and
 * Secrets of the cluster.
 */
import { configMapResource } from '../../../helper/api/core/config-map';
import { secretResource } from '../../../helper/api/core/secret';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { startInformer } from '../../../helper/client/start-informer';
import { TOKEN_NAMESPACE, TOKEN_SECRET_TYPE } from '../../../helper/pki/bootstrap-token';
import { CLUSTER_INFO } from '../../../helper/pki/cluster-info';
import type { Logger, RunningComponent } from '../../../helper/process/component';
import { planTokens } from './plan-tokens';

const RETRY_MS = 1000;
const LONGEST_WAIT_MS = 3_600_000;

/** Starts; returns at once. */
export function keepTokens(client: ApiClient, log: Logger): RunningComponent {
  const secrets = startInformer(
    client,
    secretResource,
    { namespace: TOKEN_NAMESPACE, fieldSelector: `type=${TOKEN_SECRET_TYPE}` },
    log,
  );
  const { namespace, name } = CLUSTER_INFO;
  const infos = startInformer(client, configMapResource, { namespace, fieldSelector: `metadata.name=${name}` }, log);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  const act = async (): Promise<number> => {
    const { expired, signed, nextExpiry } = planTokens(secrets.list(), infos.get(namespace, name), new Date());
    for (const { metadata } of expired) {
      await client.delete(secretResource, TOKEN_NAMESPACE, metadata.name).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      log.info({ secret: metadata.name }, 'bootstrap token expired and removed');
    }
    if (signed) await client.update(configMapResource, signed);
    return nextExpiry ? Math.max(nextExpiry.getTime() - Date.now(), 0) : LONGEST_WAIT_MS;
  };
  const schedule = (afterMs: number): void => {
    clearTimeout(timer);
    if (isStopped || !secrets.hasSynced || !infos.hasSynced) return;
    timer = setTimeout(() => {
      running = running.then(act).then(
        (waitMs) => schedule(Math.min(waitMs, LONGEST_WAIT_MS)),
        (error: unknown) => {
          // Somebody else wrote: the change is on its way here.
          if (!isConflict(error)) log.warn({ error: String(error) }, 'tokens not seen to, trying again');
          schedule(RETRY_MS);
        },
      );
    }, afterMs).unref();
  };
  for (const informer of [secrets, infos]) {
    informer.addHandler({ onChange: () => schedule(0) });
    void informer.whenSynced().then(() => schedule(0));
  }
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      secrets.stop();
      infos.stop();
      await running.catch(() => {});
    },
  };
}
