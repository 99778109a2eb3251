/**
 * Names of the dialect may hold capitals and underscores; the API's are DNS names. One becomes the other here.
 *
 * The original is kept in an annotation, shown by `show`, and accepted by every command.
 */
export const NAME_ANNOTATION = 'minik8s.io/name';
const MAX_LENGTH = 253;

/** Lower case, underscores as dashes: `example-HPA_pod` -> `example-hpa-pod`. undefined when it is no name even then. */
export function canonicalName(name: string): string | undefined {
  const canonical = name.toLowerCase().replaceAll('_', '-');
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(canonical) && canonical.length <= MAX_LENGTH ? canonical : undefined;
}
