/**
 * The node's heartbeat: a Lease in kube-node-lease, renewed every 10 seconds.
 *
 * A failed renewal is tried again after 200 ms, doubling up to 7 s: the node controller gives a lease 40 s before it calls
 * the node lost. Where that grace time is another one, the renewals are a quarter of it apart, as in Kubernetes.
 * https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats
 */
import { type Lease, leaseResource } from '../../helper/api/coordination/lease';
import type { Node } from '../../helper/api/core/node';
import { isConflict, isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import type { Logger } from '../../helper/process/component';

const NODE_LEASE_NAMESPACE = 'kube-node-lease';
const RENEWALS_PER_LEASE = 4;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 7000;
/** Renews a lease of this duration from now on; returns the way to stop. */
export function startNodeLease(client: ApiClient, node: Node, durationSeconds: number, log: Logger): () => void {
  const renewMs = (durationSeconds * 1000) / RENEWALS_PER_LEASE;
  let lease: Lease | undefined;
  let retryMs = FIRST_RETRY_MS;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const beat = async () => {
    let nextMs = renewMs;
    try {
      lease = await renew(client, node, durationSeconds, lease);
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      // Someone else's write, or a deletion: take it as it is now, next time.
      if (isConflict(error) || isNotFound(error)) lease = undefined;
      log.warn({ error: String(error), retryMs }, 'node lease not renewed');
      nextMs = Math.min(retryMs, renewMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    }
    if (!isStopped) timer = setTimeout(() => void beat(), nextMs).unref();
  };
  void beat();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

async function renew(
  client: ApiClient,
  node: Node,
  leaseDurationSeconds: number,
  known: Lease | undefined,
): Promise<Lease> {
  const { name, uid = '' } = node.metadata;
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: name, leaseDurationSeconds, renewTime };
  const current = known ?? (await client.get(leaseResource, NODE_LEASE_NAMESPACE, name).catch(onlyNotFound));
  if (current) return client.update(leaseResource, { ...current, spec: { ...current.spec, ...spec } });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  const metadata = { name, namespace: NODE_LEASE_NAMESPACE, ownerReferences };
  return client.create(leaseResource, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
}

function onlyNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
