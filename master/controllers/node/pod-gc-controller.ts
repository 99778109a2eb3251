/**
 * Pod garbage collection in the harness: node by node for pods bound to one, and one sweep for all others.
 *
 * A node that vanished may come back (its kubelet registers again), so its pods are left alone for a while, and the api-server is
 * asked once more before they go.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type View } from '../../../helper/controller/controller';
import { noExecuteTaints } from './evict-pods';
import { collectLeftovers, collectOrphans, collectOutOfService } from './pod-gc';
import { podsOnNode } from './pods-on-node';

/** Kubernetes' quarantineTime. */
const QUARANTINE_MS = 40_000;
/** Key of the sweep over pods that have no node or need none; no node can have this name. */
const SWEEP = '*';

function keysOf(pod: Pod, view: View): readonly string[] {
  const nodeName = pod.spec?.nodeName ?? '';
  if (!nodeName) return isTerminal(pod) || pod.metadata.deletionTimestamp ? [SWEEP] : [];
  const node = view.cache(nodeResource).get('', nodeName);
  const isInTrouble = !node || noExecuteTaints(node).length > 0;
  return [...(isInTrouble ? [nodeName] : []), ...(isTerminal(pod) ? [SWEEP] : [])];
}

export function podGcController(client: ApiClient, quarantineMs = QUARANTINE_MS): ControllerSpec<Node> {
  const missingSince = new Map<string, number>();
  return {
    name: 'pod-garbage-collector',
    primary: nodeResource,
    watches: [{ resource: podResource, toKeys: keysOf }],
    async plan(node, key, view, now) {
      if (key === SWEEP) return collectLeftovers(view.cache(podResource).list(), now);
      const pods = podsOnNode(key, view);
      if (node || pods.length === 0) {
        missingSince.delete(key);
        return node ? collectOutOfService(node, pods, now) : EMPTY_PLAN;
      }
      const since = missingSince.get(key) ?? now.getTime();
      missingSince.set(key, since);
      const waitMs = since + quarantineMs - now.getTime();
      if (waitMs > 0) return { steps: [], requeueAfterMs: waitMs };
      // The copy may lag behind a node that just came back; its pods would die for nothing.
      return (await exists(client, key)) ? { steps: [], requeueAfterMs: quarantineMs } : collectOrphans(pods, now);
    },
  };
}

async function exists(client: ApiClient, nodeName: string): Promise<boolean> {
  try {
    await client.get(nodeResource, '', nodeName);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
