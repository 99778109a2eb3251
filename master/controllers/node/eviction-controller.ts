/**
 * Taint-based eviction in the harness: node by node, over the pods bound to it.
 *
 * It acts on NoExecute taints whoever set them: the lifecycle controller beside it, or a user with `kubectl taint`.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { type ControllerSpec, EMPTY_PLAN, type View } from '../../../helper/controller/controller';
import { type Countdowns, evictPods, noExecuteTaints } from './evict-pods';
import { podsOnNode } from './pods-on-node';

export function evictionController(): ControllerSpec<Node> {
  /** node -> countdowns of its pods */
  const running = new Map<string, Countdowns>();
  return {
    name: 'taint-eviction-controller',
    primary: nodeResource,
    watches: [
      {
        resource: podResource,
        toKeys({ spec }: Pod, view: View) {
          const { nodeName = '' } = spec ?? {};
          return noExecuteTaints(view.cache(nodeResource).get('', nodeName)).length > 0 ? [nodeName] : [];
        },
      },
    ],
    plan(node, name, view, now) {
      const before = running.get(name) ?? new Map();
      if (!node || (noExecuteTaints(node).length === 0 && before.size === 0)) {
        running.delete(name);
        return EMPTY_PLAN;
      }
      const { plan, countdowns } = evictPods(node, podsOnNode(name, view), before, now);
      if (countdowns.size > 0) running.set(name, countdowns);
      else running.delete(name);
      return plan;
    },
  };
}
