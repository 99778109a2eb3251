/**
 * Hash of the part of a container's spec whose change means "recreate the container": its name and image.
 *
 * Kept as a label on the running container, so a restarted kubelet can tell whether what runs is what is wanted. All other
 * fields of a pod's containers are immutable, so they need no place in it.
 */
import { createHash } from 'node:crypto';
import type { Container } from 'kubernetes-types/core/v1';

/** Eight hex digits. */
export function containerSpecHash(container: Container): string {
  const text = JSON.stringify([container.name, container.image ?? '']);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
