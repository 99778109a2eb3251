/**
 * Where images are kept on a machine, as making them needs it: Docker, or containerd.
 */

import { usesCri, usesDocker } from '../../../helper/process/node-runtimes';
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

/** The stores of the runtimes this node has: one, or two. */
export async function imageStoresOf(settings: Settings): Promise<ImageStore[]> {
  const stores: ImageStore[] = [];
  if (!usesCri(settings) || usesDocker(settings)) {
    const { dockerStore } = await import('./docker-images');
    stores.push(dockerStore(settings.dockerSocket));
  }
  if (usesCri(settings)) {
    const { containerdStore } = await import('./containerd-images');
    stores.push(containerdStore(containerdSocket(settings)));
  }
  return stores;
}
