/**
 * Static pods as files: the manifests of a folder, each made into the pod this node runs.
 *
 * A static pod has the node's name behind its own and a uid that is a hash of what the file says and of the node: another text is
 * another pod. Files that are no pods are told of and passed over.
 * https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import { defaultPod } from '../../helper/api/core/pod-defaults';

const SOURCE_ANNOTATION = 'kubernetes.io/config.source';
const HASH_ANNOTATION = 'kubernetes.io/config.hash';

/** The pods of all manifests in the folder; `onProblem` is told of files that hold none. A folder that is not there holds none. */
export async function readManifests(
  directory: string,
  nodeName: string,
  onProblem: (file: string, problem: string) => void,
): Promise<Pod[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
  const pods: Pod[] = [];
  for (const name of names) {
    try {
      const text = await readFile(join(directory, name), 'utf8');
      // Loaded when there is a manifest: most nodes have none.
      const { parse } = await import('yaml');
      pods.push(staticPod(parse(text), nodeName));
    } catch (error) {
      onProblem(name, error instanceof Error ? error.message : String(error));
    }
  }
  return pods;
}

/** Throws when the manifest is not a pod with a name and containers. */
export function staticPod(manifest: unknown, nodeName: string): Pod {
  const given = structuredClone(manifest) as Partial<Pod> | null;
  if (given?.kind !== 'Pod' || given.apiVersion !== 'v1') throw new Error('expected apiVersion "v1" and kind "Pod"');
  if (!given.metadata?.name) throw new Error('metadata.name is missing');
  if (!given.spec?.containers?.length) throw new Error('spec.containers is missing');
  const uid = createHash('md5')
    .update(JSON.stringify([manifest, nodeName]))
    .digest('hex');
  const annotations = { ...given.metadata.annotations, [HASH_ANNOTATION]: uid, [SOURCE_ANNOTATION]: 'file' };
  const namespace = given.metadata.namespace ?? 'default';
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...given.metadata, name: `${given.metadata.name}-${nodeName}`, namespace, uid, annotations },
    spec: {
      ...given.spec,
      nodeName,
      tolerations: [...(given.spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
    status: { phase: 'Pending' },
  };
  defaultPod(pod);
  return pod;
}

/** True for a pod the kubelet read from a file. */
export function isStaticPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[SOURCE_ANNOTATION] === 'file';
}
