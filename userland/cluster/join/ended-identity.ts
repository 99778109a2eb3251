/**
 * A machine that was off for longer than its certificates live: whether that is so, and the token it may come back with.
 *
 * The kubelet renews certificates while it runs. Afterwards the cluster takes the machine for nobody; the token of its join, kept as
 * kubeadm keeps `bootstrap-kubelet.conf`, lets it in again while it is good.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type ClientConfig, loadKubeconfig, writeKubeconfig } from '../../../helper/client/kubeconfig';
import { kubeconfigPath } from '../../../helper/process/load-settings';

const BOOTSTRAP = 'bootstrap-kubelet';

/** When the kubelet's certificate ended; undefined while it is good, and where there is none. */
export function identityEnd(home: string, now = new Date()): Date | undefined {
  const path = kubeconfigPath(home, 'kubelet');
  const { certificate } = existsSync(path) ? loadKubeconfig(path) : {};
  if (!certificate) return undefined;
  const end = new Date(new X509Certificate(certificate).validTo);
  return end <= now ? end : undefined;
}

/** Keeps how the machine came in; readable by its owner only. */
export function keepBootstrap(home: string, config: ClientConfig): void {
  writeKubeconfig(kubeconfigPath(home, BOOTSTRAP), config, { cluster: 'minik8s', user: BOOTSTRAP });
}

/** What {@link keepBootstrap} wrote. */
export function readBootstrap(home: string): ClientConfig | undefined {
  const path = kubeconfigPath(home, BOOTSTRAP);
  return existsSync(path) ? loadKubeconfig(path) : undefined;
}
