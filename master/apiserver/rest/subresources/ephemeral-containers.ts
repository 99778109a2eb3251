/**
 * pods/<name>/ephemeralcontainers: adds containers to a pod that runs already (`kubectl debug`).
 *
 * An update of the pod like any other, under other rules: of what was sent only the list of ephemeral containers is taken.
 * https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
 */
import { validateEphemeralUpdate } from '../../../../helper/api/core/ephemeral-containers';
import type { Pod } from '../../../../helper/api/core/pod';
import type { Kind } from '../../../../helper/api/kind';
import type { KubeObject } from '../../../../helper/api/meta';
import type { ApiRequest } from '../../api-request';
import { handlePatch } from '../patch';
import { handleUpdate } from '../update';

/** `pod` becomes the old one with its own list of ephemeral containers. */
function takeEphemeralContainers(pod: KubeObject, old: KubeObject): void {
  const [next, before] = [pod as Pod, old as Pod];
  const added = next.spec?.ephemeralContainers;
  const { resourceVersion, managedFields } = next.metadata;
  next.metadata = structuredClone(before.metadata);
  if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
  if (managedFields) next.metadata.managedFields = managedFields;
  next.spec = structuredClone(before.spec ?? { containers: [] });
  if (added) next.spec.ephemeralContainers = added;
  else delete next.spec.ephemeralContainers;
}

let kindOfPods: Kind | undefined;

/** The pod's kind with the rules of this subresource. */
function ephemeralKind(kind: Kind): Kind {
  kindOfPods ??= {
    ...kind,
    strategy: {
      ...kind.strategy,
      prepareForUpdate: takeEphemeralContainers,
      validateUpdate: (pod, old) => validateEphemeralUpdate(pod as Pod, old as Pod),
    },
  };
  return kindOfPods;
}

const asEphemeral = (request: ApiRequest): ApiRequest => ({ ...request, kind: ephemeralKind(request.kind) });

export const handleUpdateEphemeral = (request: ApiRequest): Promise<void> => handleUpdate(asEphemeral(request));

export const handlePatchEphemeral = (request: ApiRequest): Promise<void> => handlePatch(asEphemeral(request));
