/**
 * The way to kubelets: placeholder.
 */
export class KubeletConnection {}
