/**
 * Writes the place of a field the way Kubernetes' messages do: `spec.containers[0].image`.
 */

/** Names joined with dots, list positions in brackets; '' for the object itself. */
export function fieldPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text ? `.${step}` : step;
  }
  return text;
}
