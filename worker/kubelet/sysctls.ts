/**
 * Kernel parameters a pod may set: those that stay inside its own namespaces, and what the node's owner allows besides. Pure.
 *
 * https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
 */
import type { Pod } from '../../helper/api/core/pod';

/** Safe in Kubernetes 1.32: they change nothing outside the pod. */
const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
const IPC_SYSCTLS = /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/;

/** `kernel/shm_rmid_forced` means `kernel.shm_rmid_forced`; after a first dot, slashes are part of a name. */
export function normalizeSysctl(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '/') return name;
  return name.replace(/[./]/g, (letter) => (letter === '/' ? '.' : '/'));
}

/** Why the node does not set the sysctls the pod asks for; undefined when it does. */
export function sysctlRefusal(pod: Pod, allowed: readonly string[]): string | undefined {
  for (const { name } of pod.spec?.securityContext?.sysctls ?? []) {
    const sysctl = normalizeSysctl(name);
    const isAllowed = [...SAFE_SYSCTLS, ...allowed.map(normalizeSysctl)].some((pattern) => matches(pattern, sysctl));
    if (!isAllowed) return `forbidden sysctl: ${JSON.stringify(sysctl)} not allowlisted`;
    if (pod.spec?.hostNetwork && sysctl.startsWith('net.')) {
      return `forbidden sysctl: ${JSON.stringify(sysctl)} not allowed with host net enabled`;
    }
    if (pod.spec?.hostIPC && IPC_SYSCTLS.test(sysctl)) {
      return `forbidden sysctl: ${JSON.stringify(sysctl)} not allowed with host ipc enabled`;
    }
  }
  return undefined;
}

function matches(pattern: string, sysctl: string): boolean {
  return pattern.endsWith('*') ? sysctl.startsWith(pattern.slice(0, -1)) : pattern === sysctl;
}
