/**
 * Keeps the node graph in step with the watch caches of pods, volumes and attachments.
 *
 * Changes are only noted when they happen and worked in when a node asks: between two questions a pod may be written many times,
 * and parsing it once is enough.
 */
import type { Pod } from '../../../../helper/api/core/pod';
import type { CachedObject } from '../../watch/cached-object';
import type { WatchCache } from '../../watch/watch-cache';
import { CacheFollower } from '../cache-follower';
import { NodeGraph, type PersistentVolume, type VolumeAttachment } from './node-graph';

/** Beyond this many noted changes nobody asked for long: they are worked in at once. */
const MAX_NOTED = 1_000;

interface Part {
  clear(): void;
  put(object: CachedObject): void;
  remove(namespace: string, name: string): void;
}

/** Makes one part of the graph follow one cache; the function returned works in what happened since. */
function follow(cache: WatchCache, part: Part): () => void {
  const noted = new Map<string, CachedObject>();
  const workIn = () => {
    for (const { namespace, name } of noted.values()) {
      // What it is by now counts, not what it was then.
      const current = cache.get(namespace, name);
      if (current) part.put(current);
      else part.remove(namespace, name);
    }
    noted.clear();
  };
  const follower = new CacheFollower(cache, {
    startOver() {
      noted.clear();
      part.clear();
      for (const object of cache.table.list('')) part.put(object);
    },
    apply({ current }) {
      noted.set(current.key, current);
      if (noted.size > MAX_NOTED) workIn();
    },
  });
  return () => {
    follower.catchUp();
    if (noted.size > 0) workIn();
  };
}

/** The caches the graph reads; volumes and attachments only where they are served. */
export interface GraphCaches {
  readonly pods: WatchCache;
  readonly persistentVolumes?: WatchCache | undefined;
  readonly volumeAttachments?: WatchCache | undefined;
}

/** The graph as of now, whenever it is asked for. */
export function followGraph({ pods, persistentVolumes, volumeAttachments }: GraphCaches): () => NodeGraph {
  const graph = new NodeGraph();
  const parts = [
    follow(pods, {
      clear: () => graph.clearPods(),
      put: ({ object }) => graph.putPod(object as Pod),
      remove: (namespace, name) => graph.removePod(namespace, name),
    }),
  ];
  if (persistentVolumes) {
    parts.push(
      follow(persistentVolumes, {
        clear: () => graph.clearVolumes(),
        put: ({ object }) => graph.putVolume(object as PersistentVolume),
        remove: (_namespace, name) => graph.removeVolume(name),
      }),
    );
  }
  if (volumeAttachments) {
    parts.push(
      follow(volumeAttachments, {
        clear: () => graph.clearAttachments(),
        put: ({ object }) => graph.putAttachment(object as unknown as VolumeAttachment),
        remove: (_namespace, name) => graph.removeAttachment(name),
      }),
    );
  }
  return () => {
    for (const catchUp of parts) catchUp();
    return graph;
  };
}
