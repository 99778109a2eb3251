/**
 * The names of a pod: hostname, domain, and the fully qualified name that joins them. Pure.
 *
 * A pod with a subdomain is `hostname.subdomain.namespace.svc.<cluster domain>` to a headless Service of that name.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-hostname-and-subdomain-field
 */
import type { Pod } from '../../helper/api/core/pod';

const MAX_HOSTNAME_LENGTH = 63;
/** What the kernel takes as a name of its own. */
const MAX_FQDN_LENGTH = 64;

/** Where a pod is: what its name is made of besides the pod itself. */
export interface NamePlace {
  readonly nodeName: string;
  /** `cluster.local` */
  readonly clusterDomain: string;
}

/** spec.hostname, or the pod's name cut to what a hostname may be; of the node for pods in its network. */
export function podHostname(pod: Pod, nodeName: string): string {
  if (pod.spec?.hostNetwork) return nodeName;
  return (pod.spec?.hostname ?? pod.metadata.name).slice(0, MAX_HOSTNAME_LENGTH).replace(/[-.]+$/, '');
}

/** `subdomain.namespace.svc.cluster.local`; '' for a pod without a subdomain. */
export function podDomain(pod: Pod, { clusterDomain }: NamePlace): string {
  const { subdomain } = pod.spec ?? {};
  return subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
}

/** What `hostname` shall say inside: the full name when the pod asks for it. Throws when that is longer than a kernel takes. */
export function kernelHostname(pod: Pod, place: NamePlace): string {
  const hostname = podHostname(pod, place.nodeName);
  const domain = podDomain(pod, place);
  if (!pod.spec?.setHostnameAsFQDN || domain === '') return hostname;
  const full = `${hostname}.${domain}`;
  if (full.length <= MAX_FQDN_LENGTH) return full;
  const limits = `(${MAX_FQDN_LENGTH} characters is the max, ${full.length} characters requested)`;
  throw new Error(`Failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long ${limits}`);
}
