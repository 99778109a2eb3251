/**
 * JSON merge patch (RFC 7386) on plain values: objects are merged, `null` removes, everything else replaces. Pure.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `base` with `patch` laid over it; neither is changed. */
export function mergeObjects(base: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeObjects(merged[name], value);
  }
  return merged;
}
