/**
 * Which updates of a pod are judged again: those that change an image, add a container, or touch the old seccomp annotations. All
 * else that the standards look at cannot change.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
import type { Pod } from '../../../../helper/api/core/pod';

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

const containersOf = ({ spec }: Pod) => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
  ...(spec?.ephemeralContainers ?? []),
];

/** True when the update has to be judged. */
export function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  const annotation = (of: Pod, key: string) => of.metadata.annotations?.[key];
  const differs = (key: string) => annotation(pod, key) !== annotation(old, key);
  const before = new Map(containersOf(old).map((container) => [container.name, container.image]));
  const changed = containersOf(pod).some(
    ({ name, image }) => !before.has(name) || before.get(name) !== image || differs(SECCOMP_CONTAINER_PREFIX + name),
  );
  return changed || differs(SECCOMP_POD);
}
