/**
 * Where images are kept on a machine, as making them needs it: Docker, or containerd.
 */

import type { Settings } from '../../../helper/process/settings';
import { containerdSocket } from '../containerd-daemon';
import type { TarEntry } from './tar';

export interface ImageStore {
  exists(tag: string): Promise<boolean>;
  /** Makes a one-layer image of the entries. `changes` are Dockerfile instructions. */
  import(tag: string, entries: readonly TarEntry[], changes: readonly string[]): Promise<void>;
  /** A further name for an image. */
  tag(existing: string, tag: string): Promise<void>;
  /** Asks the registry. False when it does not begin to answer within `idleMs`, or refuses. */
  pull(tag: string, idleMs: number): Promise<boolean>;
  /** Takes an archive of `docker save`; returns a line an image. */
  load(file: string): Promise<string>;
}

/** The store of the runtime this node has. */
export async function imageStoreOf(settings: Settings): Promise<ImageStore> {
  if (settings.runtime !== 'containerd') {
    const { dockerStore } = await import('./docker-images');
    return dockerStore(settings.dockerSocket);
  }
  const { containerdStore } = await import('./containerd-images');
  return containerdStore(containerdSocket(settings));
}
