/**
 * The pods bound to a node, from the shared copy of all pods.
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { View } from '../../../helper/controller/controller';

/** Pods whose spec.nodeName is that name, in any phase. */
export function podsOnNode(nodeName: string, view: View): Pod[] {
  return view
    .cache(podResource)
    .list()
    .filter(({ spec }) => spec?.nodeName === nodeName);
}
