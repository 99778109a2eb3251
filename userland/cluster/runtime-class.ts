/**
 * RuntimeClass `containerd`: what a pod asks for to run there, in a cluster whose nodes have Docker and containerd.
 * https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import { type RuntimeClass, runtimeClassResource } from '../../helper/api/node/runtime-class';
import { isAlreadyExists } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';

const NAME = 'containerd';

/** Makes it when it is not there; one that is there may have been changed by its owner and stays. */
export async function ensureRuntimeClass(client: ApiClient): Promise<void> {
  const wanted: RuntimeClass = {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: NAME },
    handler: NAME,
  };
  await client.create(runtimeClassResource, wanted).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}
