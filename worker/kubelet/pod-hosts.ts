/**
 * /etc/hosts of a pod: localhost, the pod's own names, and spec.hostAliases; the node's own lines for a pod in its network. Pure.
 *
 * https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
 */
import type { Pod } from '../../helper/api/core/pod';
import { type NamePlace, podDomain, podHostname } from './pod-hostname';

/** `nodeHosts`: the node's /etc/hosts. */
export function renderHosts(pod: Pod, podIp: string, place: NamePlace, nodeHosts: string): string {
  const own = pod.spec?.hostNetwork
    ? `# Kubernetes-managed hosts file (host network).\n${nodeHosts}`
    : `${ownLines(pod, podIp, place).join('\n')}\n`;
  const aliases = (pod.spec?.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  return aliases.length === 0 ? own : `${own}\n# Entries added by HostAliases.\n${aliases.join('\n')}\n`;
}

function ownLines(pod: Pod, podIp: string, place: NamePlace): string[] {
  const hostname = podHostname(pod, place.nodeName);
  const domain = podDomain(pod, place);
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...(podIp ? [`${podIp}\t${names}`] : []),
  ];
}
