/**
 * The annotation in which a client-side apply remembers what it applied.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
 */
import { kubectlJson } from '../print/kubectl-json';
import type { AnyObject } from '../resources/get-object';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with the memory of itself, as it is to be sent. */
export function withLastApplied(object: AnyObject): AnyObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...plain,
    metadata: { ...plain.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${kubectlJson(plain)}\n` } },
  };
}

/** What was applied last; undefined when the object was never applied (or the annotation is damaged). */
export function lastApplied(object: AnyObject): unknown {
  try {
    return JSON.parse(object.metadata.annotations?.[LAST_APPLIED] ?? '') as unknown;
  } catch {
    return undefined;
  }
}
