/**
 * Which pods of a node a drain takes off, and which stand in its way: pure.
 *
 * Mirror pods and, when told so, pods of DaemonSets stay. Pods that nobody would make anew, and pods whose data would be lost,
 * stop the drain unless told otherwise; pods that have ended never do.
 * https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { controllerOf } from '../../../helper/api/meta';

export interface DrainOptions {
  readonly force: boolean;
  readonly ignoreDaemonsets: boolean;
  readonly deleteEmptydirData: boolean;
}

export interface DrainPlan {
  readonly evicted: readonly Pod[];
  /** said and gone over */
  readonly warnings: readonly string[];
  /** why nothing is evicted; empty when nothing is in the way */
  readonly errors: readonly string[];
}

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const ENDED = ['Succeeded', 'Failed'];

const HINDRANCES = [
  {
    is: (pod: Pod) => controllerOf(pod)?.kind === 'DaemonSet',
    stays: true,
    allowedBy: 'ignoreDaemonsets',
    warning: 'ignoring DaemonSet-managed Pods',
    error: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
  },
  {
    is: (pod: Pod) => (pod.spec?.volumes ?? []).some(({ emptyDir }) => emptyDir) && !hasEnded(pod),
    stays: false,
    allowedBy: 'deleteEmptydirData',
    warning: 'deleting Pods with local storage',
    error: 'cannot delete Pods with local storage (use --delete-emptydir-data to override)',
  },
  {
    is: (pod: Pod) => !controllerOf(pod) && !hasEnded(pod),
    stays: false,
    allowedBy: 'force',
    warning: 'deleting Pods that declare no controller',
    error: 'cannot delete Pods that declare no controller (use --force to override)',
  },
] as const;

function hasEnded({ status }: Pod): boolean {
  return ENDED.includes(status?.phase ?? '');
}

/** What becomes of the pods of one node. */
export function planDrain(pods: readonly Pod[], options: DrainOptions): DrainPlan {
  const movable = pods.filter(({ metadata }) => metadata.annotations?.[MIRROR_ANNOTATION] === undefined);
  const lines = { warnings: new Map<string, string[]>(), errors: new Map<string, string[]>() };
  const evicted = movable.filter((pod) => {
    const hindrance = HINDRANCES.find(({ is }) => is(pod));
    if (!hindrance) return true;
    const isAllowed = options[hindrance.allowedBy];
    const list = isAllowed ? lines.warnings : lines.errors;
    const text = isAllowed ? hindrance.warning : hindrance.error;
    list.set(text, [...(list.get(text) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
    return isAllowed && !hindrance.stays;
  });
  const joined = (list: ReadonlyMap<string, string[]>) =>
    [...list].map(([text, names]) => `${text}: ${names.join(', ')}`);
  return { evicted, warnings: joined(lines.warnings), errors: joined(lines.errors) };
}
