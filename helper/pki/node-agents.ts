/**
 * What runs on every node beside the kubelet, and the user each is. A machine that joins asks for their certificates, and the
 * certificate controller approves these users' only.
 *
 * Kubernetes runs such programs as pods of a DaemonSet, with ServiceAccount tokens; ours are processes with certificates.
 */
export const NODE_AGENTS: readonly { readonly component: string; readonly user: string }[] = [
  { component: 'kube-proxy', user: 'system:kube-proxy' },
  { component: 'overlay', user: 'system:minik8s:overlay' },
  { component: 'cluster-dns', user: 'system:minik8s:cluster-dns' },
];
