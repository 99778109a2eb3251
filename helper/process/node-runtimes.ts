/**
 * What a node may run containers with: one runtime, or Docker for pods that ask for nothing and a CRI runtime beside it for those
 * whose RuntimeClass names a handler of its.
 * https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import type { Settings } from './settings';

/** Values of the setting `runtime`. */
export const RUNTIMES = ['docker', 'containerd', 'docker,containerd', 'simulated'] as const;

type Chosen = Pick<Settings, 'runtime'>;

export const usesDocker = ({ runtime }: Chosen): boolean => runtime === 'docker' || runtime === 'docker,containerd';
/** Any runtime over CRI, a containerd of the cluster's own unless the setting `criEndpoint` says another. */
export const usesCri = ({ runtime }: Chosen): boolean => runtime === 'containerd' || runtime === 'docker,containerd';
