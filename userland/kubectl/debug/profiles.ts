/**
 * Profiles of `debug`: what the debugging container may do, and what a pod around it has to share. Pure.
 *
 * A profile changes the container, and for a copy of a pod or a pod on a node also the pod's spec.
 * https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/#debugging-profiles
 */
import type { Container, PodSpec, SecurityContext } from 'kubernetes-types/core/v1';
import { CommandError } from '../command-error';

export type ProfileName = 'legacy' | 'general' | 'baseline' | 'restricted' | 'netadmin' | 'sysadmin';

interface Profile {
  /** of the debugging container, for all that is debugged; undefined: none */
  readonly securityContext: SecurityContext | undefined;
  /** only where the container is added to a pod or its copy */
  readonly onlyInPods?: boolean;
  /** the pod on a node lives in the node's namespaces */
  readonly inHostNamespaces: boolean;
  /** the node's file system at /host */
  readonly seesHostFiles: boolean;
}

const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  legacy: { securityContext: undefined, inHostNamespaces: true, seesHostFiles: true },
  general: {
    securityContext: { capabilities: { add: ['SYS_PTRACE'] } },
    onlyInPods: true,
    inHostNamespaces: true,
    seesHostFiles: true,
  },
  baseline: { securityContext: undefined, inHostNamespaces: false, seesHostFiles: false },
  restricted: {
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    inHostNamespaces: false,
    seesHostFiles: false,
  },
  netadmin: {
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
    inHostNamespaces: true,
    seesHostFiles: false,
  },
  sysadmin: { securityContext: { privileged: true }, inHostNamespaces: true, seesHostFiles: true },
};

const HOST_ROOT = 'host-root';

/** Throws for a name that is none. */
export function parseProfile(name: string): ProfileName {
  if (!Object.hasOwn(PROFILES, name)) throw new CommandError(`unknown profile: ${name}`);
  return name as ProfileName;
}

/** The container as the profile allows it inside a pod. */
export function inPod<T extends Pick<Container, 'securityContext'>>(container: T, profile: ProfileName): T {
  const { securityContext } = PROFILES[profile];
  // The legacy profile leaves alone what is there.
  return profile === 'legacy' || (!securityContext && !container.securityContext)
    ? container
    : withSecurity(container, profile === 'baseline' ? undefined : securityContext, profile);
}

function withSecurity<T extends Pick<Container, 'securityContext'>>(
  container: T,
  securityContext: SecurityContext | undefined,
  profile: ProfileName,
): T {
  const { securityContext: present, ...rest } = container;
  if (!securityContext) return rest as T;
  if (profile === 'restricted' || profile === 'sysadmin')
    return { ...container, securityContext: { ...(profile === 'sysadmin' ? present : {}), ...securityContext } };
  // Capabilities come on top of those it has.
  const added = [...(present?.capabilities?.add ?? []), ...(securityContext.capabilities?.add ?? [])];
  return {
    ...container,
    securityContext: { ...present, capabilities: { ...present?.capabilities, add: [...new Set(added)] } },
  };
}

/** The spec of a pod on a node, around the container it has. */
export function onNode(spec: PodSpec, profile: ProfileName): PodSpec {
  const { securityContext, onlyInPods, inHostNamespaces, seesHostFiles } = PROFILES[profile];
  const containers = spec.containers.map((container) => ({
    ...container,
    ...(securityContext && !onlyInPods ? { securityContext } : {}),
    ...(seesHostFiles ? { volumeMounts: [{ name: HOST_ROOT, mountPath: '/host' }] } : {}),
  }));
  return {
    ...spec,
    containers,
    ...(seesHostFiles ? { volumes: [{ name: HOST_ROOT, hostPath: { path: '/' } }] } : {}),
    ...(inHostNamespaces ? { hostNetwork: true, hostPID: true, hostIPC: true } : {}),
  };
}
