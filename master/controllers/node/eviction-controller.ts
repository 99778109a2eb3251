/**
 * Taint-based eviction and pod garbage collection in the harness: both go node by node, over the pods bound to it.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type View } from '../../../helper/controller/controller';
import { evictPods } from './evict-pods';
import { collectLeftovers, collectOrphans, collectOutOfService } from './pod-gc';

/** A node that vanished may come back: this long its pods are left alone. */
const QUARANTINE_MS = 40_000;
/** key of the sweep over pods that have no node or need none; no node can have this name */
const SWEEP = '*';

const podsOn = (nodeName: string, view: View): Pod[] =>
  view
    .cache(podResource)
    .list()
    .filter(({ spec }) => spec?.nodeName === nodeName);

const hasNoExecuteTaint = (node: Node | undefined) =>
  node?.spec?.taints?.some(({ effect }) => effect === 'NoExecute') === true;

export function evictionController(podEvictionSeconds: number): ControllerSpec<Node> {
  const firstSeen = new Map<string, Date>();
  return {
    name: 'taint-eviction-controller',
    primary: nodeResource,
    watches: [
      {
        resource: podResource,
        toKeys(object, view) {
          const { nodeName = '' } = (object as Pod).spec ?? {};
          return hasNoExecuteTaint(view.cache(nodeResource).get('', nodeName)) ? [nodeName] : [];
        },
      },
    ],
    plan(node, key, view, now) {
      if (!node || !hasNoExecuteTaint(node)) {
        for (const seen of firstSeen.keys()) if (seen.startsWith(`${key} `)) firstSeen.delete(seen);
        return EMPTY_PLAN;
      }
      const facts = {
        pods: podsOn(key, view),
        podEvictionSeconds,
        firstSeen(taint: { key: string; value?: string }) {
          const id = `${key} ${taint.key}=${taint.value ?? ''}`;
          const since = firstSeen.get(id) ?? now;
          firstSeen.set(id, since);
          return since;
        },
      };
      return evictPods(node, facts, now);
    },
  };
}

export function podGcController(client: ApiClient): ControllerSpec<Node> {
  const missingSince = new Map<string, number>();
  return {
    name: 'pod-garbage-collector',
    primary: nodeResource,
    watches: [
      {
        resource: podResource,
        toKeys(object, view) {
          const pod = object as Pod;
          const nodeName = pod.spec?.nodeName ?? '';
          if (isTerminal(pod) || (!nodeName && pod.metadata.deletionTimestamp)) return [SWEEP];
          const node = nodeName ? view.cache(nodeResource).get('', nodeName) : undefined;
          return nodeName && (!node || hasNoExecuteTaint(node)) ? [nodeName] : [];
        },
      },
    ],
    async plan(node, key, view, now) {
      if (key === SWEEP) return collectLeftovers(view.cache(podResource).list());
      const pods = podsOn(key, view);
      if (node || pods.length === 0) {
        missingSince.delete(key);
        return node ? collectOutOfService(node, pods, now) : EMPTY_PLAN;
      }
      const since = missingSince.get(key) ?? now.getTime();
      missingSince.set(key, since);
      const waitMs = since + QUARANTINE_MS - now.getTime();
      if (waitMs > 0) return { steps: [], requeueAfterMs: waitMs };
      // The copy may lag behind a node that just came back; its pods would die for nothing.
      return (await exists(client, key)) ? { steps: [], requeueAfterMs: QUARANTINE_MS } : collectOrphans(pods, now);
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
