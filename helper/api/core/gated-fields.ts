/**
 * Fields of pods that belong to features which are off in Kubernetes 1.32 unless somebody turns them on: user namespaces, dynamic
 * resource allocation, resources of a pod as a whole, resizing in place.
 *
 * The API knows them, and an API server with the feature off takes them out of whatever is written, pods and templates alike, so
 * that nobody is told of a setting nobody acts upon. So does this one; it has no way to turn them on.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */
import type { Container, EphemeralContainer, PodSpec } from 'kubernetes-types/core/v1';

const POD_FIELDS = ['hostUsers', 'resourceClaims', 'resources'] as const;

/** Takes them out. Cheap where there are none, which is nearly always. */
export function dropGatedFields(spec: PodSpec): void {
  const fields: Record<string, unknown> = spec as object as Record<string, unknown>;
  for (const field of POD_FIELDS) if (fields[field] !== undefined) delete fields[field];
  for (const container of spec.containers ?? []) dropFromContainer(container);
  for (const container of spec.initContainers ?? []) dropFromContainer(container);
  for (const container of spec.ephemeralContainers ?? []) dropFromContainer(container);
}

function dropFromContainer(container: Container | EphemeralContainer): void {
  const gated: { resizePolicy?: unknown; resources?: { claims?: unknown } } = container as object;
  if (gated.resizePolicy !== undefined) delete gated.resizePolicy;
  if (gated.resources?.claims !== undefined) delete gated.resources.claims;
}
