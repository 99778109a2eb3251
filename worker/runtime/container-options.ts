/**
 * What a pod's containers look like to Docker: from our configs to the bodies of `POST /containers/create`. Pure.
 *
 * The pause container owns the pod's namespaces; app containers join them with `container:<pause>`. Docker's own networking is
 * disabled for it, because the address comes from the node's network; that also spares a start some 50 ms. It leaves no
 * /etc/hosts and /etc/resolv.conf: the kubelet mounts its own.
 * https://docs.docker.com/reference/api/engine/
 */
import type Docker from 'dockerode';
import { containerLabels, containerName, type Ownership, sandboxLabels, sandboxName } from './docker-labels';
import { privilegeOf } from './host-capabilities';
import type { ContainerConfig, Mount, SandboxConfig } from './runtime';

/** cpu.cfs_period_us: quotas are a share of this */
const CPU_PERIOD_MICROSECONDS = 100_000;
/** The kernel takes no smaller quota. */
const MINIMUM_CPU_QUOTA = 1_000;
/** The pause container is nearly the last to be killed when memory runs out: with it goes the pod's network. */
export const PAUSE_OOM_SCORE_ADJ = -998;
/** Rotation as the kubelet's defaults: containerLogMaxSize 10Mi, containerLogMaxFiles 5. */
const DEFAULT_LOGS = { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 5 };

/** A mount is private unless the pod asks to see, or to make, mounts of the host. */
const DOCKER_PROPAGATION = { private: 'rprivate', rslave: 'rslave', rshared: 'rshared' } as const;

export interface PauseOptions {
  readonly owner: Ownership;
  readonly pauseImage: string;
  readonly oomScoreAdj: number;
}

export function pauseContainerOptions(config: SandboxConfig, options: PauseOptions): Docker.ContainerCreateOptions {
  return {
    name: sandboxName(config),
    Image: options.pauseImage,
    Labels: sandboxLabels(config, options.owner),
    // With the host's network the host's name comes along, and Docker refuses another.
    ...(config.hostNetwork ? {} : { Hostname: config.hostname, NetworkDisabled: true }),
    HostConfig: {
      ...(config.hostNetwork ? { NetworkMode: 'host', UTSMode: 'host' } : {}),
      IpcMode: config.hostIpc ? 'host' : 'shareable',
      ...(config.hostPid ? { PidMode: 'host' } : {}),
      ...(config.cgroupParent ? { CgroupParent: config.cgroupParent } : {}),
      Sysctls: { ...config.sysctls },
      ...runtimeOf(config.runtimeHandler),
      OomScoreAdj: options.oomScoreAdj,
      CpuShares: 2,
      LogConfig: { Type: 'none', Config: {} },
      SecurityOpt: ['seccomp=unconfined'],
    },
  };
}

/** What of the sandbox an app container needs to know. */
export interface JoinedSandbox {
  readonly id: string;
  readonly pod: SandboxConfig['pod'];
  readonly hostNetwork: boolean;
  /** the pod asked for it: all of its containers see each other's processes */
  readonly sharePid: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly cgroupParent: string;
  readonly runtimeHandler?: string;
}

export interface ContainerOptions {
  readonly owner: Ownership;
  /** where Docker keeps its files on this host */
  readonly dockerRoot?: string;
  /** text of a seccomp profile file, already read, when `config.seccomp` names one */
  readonly seccompProfile?: string;
  /** what this machine's root may do, where that is not everything */
  readonly capabilities?: readonly string[] | undefined;
}

export function appContainerOptions(
  config: ContainerConfig,
  sandbox: JoinedSandbox,
  options: ContainerOptions,
): Docker.ContainerCreateOptions {
  return {
    name: containerName(config.name, sandbox.pod, config.attempt),
    Image: config.image,
    Labels: containerLabels(config, sandbox, options.owner),
    ...commandOf(config),
    Env: [...config.env],
    ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
    ...(config.user ? { User: config.user } : {}),
    ...(config.stopSignal ? { StopSignal: config.stopSignal } : {}),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    HostConfig: {
      ...runtimeOf(sandbox.runtimeHandler),
      ...namespacesOf(sandbox, config.targetContainerId),
      ...resourcesOf(config),
      ...securityOf(config, options),
      ...(sandbox.cgroupParent ? { CgroupParent: sandbox.cgroupParent } : {}),
      Mounts: config.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.hostPath,
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
        BindOptions: { Propagation: propagationOf(mount, options.dockerRoot), ...recursionOf(mount) },
      })),
      LogConfig: logConfigOf(config.logs),
    },
  };
}

/** Docker rotates by itself: the newest file is the one `docker logs` begins with, older ones are read too. */
function logConfigOf({ maxSizeBytes, maxFiles } = DEFAULT_LOGS) {
  return { Type: 'json-file', Config: { 'max-size': String(maxSizeBytes), 'max-file': String(maxFiles) } };
}

/** A mount that holds Docker's own files (`/`, as `kubectl debug node` wants it) Docker takes only if it follows the host's mounts. */
function propagationOf({ hostPath, propagation = 'private' }: Mount, dockerRoot = '/var/lib/docker') {
  const prefix = hostPath.endsWith('/') ? hostPath : `${hostPath}/`;
  const holdsDocker = `${dockerRoot}/`.startsWith(prefix) || hostPath.startsWith(`${dockerRoot}/`);
  return DOCKER_PROPAGATION[propagation === 'private' && holdsDocker ? 'rslave' : propagation];
}

/** Left alone, Docker makes mounts below a read-only one read-only where it can; before version 25 it never does. */
function recursionOf({ readOnly, recursiveReadOnly = 'never' }: Mount): object {
  if (!readOnly || recursiveReadOnly === 'ifPossible') return {};
  return recursiveReadOnly === 'always' ? { ReadOnlyForceRecursive: true } : { ReadOnlyNonRecursive: true };
}

/** `command` replaces the entrypoint and drops the image's arguments; `args` alone replaces the arguments. */
function commandOf(config: ContainerConfig): Pick<Docker.ContainerCreateOptions, 'Entrypoint' | 'Cmd'> {
  return {
    ...(config.command.length > 0 ? { Entrypoint: [...config.command] } : {}),
    ...(config.args.length > 0 ? { Cmd: [...config.args] } : {}),
  };
}

/** Docker's own name for its default says as little as none. */
function runtimeOf(handler = ''): Docker.HostConfig {
  return handler === '' || handler === 'docker' ? {} : { Runtime: handler };
}

function namespacesOf(sandbox: JoinedSandbox, targetContainerId: string | undefined): Docker.HostConfig {
  const joined = `container:${sandbox.id}`;
  return {
    NetworkMode: sandbox.hostNetwork ? 'host' : joined,
    ...(sandbox.hostNetwork ? { UTSMode: 'host' } : {}),
    IpcMode: sandbox.hostIpc ? 'host' : joined,
    ...processesOf(sandbox, joined, targetContainerId),
  };
}

function processesOf(
  { hostPid, sharePid }: JoinedSandbox,
  joined: string,
  targetContainerId: string | undefined,
): Docker.HostConfig {
  if (hostPid) return { PidMode: 'host' };
  if (sharePid) return { PidMode: joined };
  return targetContainerId ? { PidMode: `container:${targetContainerId}` } : {};
}

function resourcesOf({ resources }: ContainerConfig): Docker.HostConfig {
  const { cpuShares, cpuMillicoresLimit, memoryBytesLimit, pidsLimit, oomScoreAdj } = resources;
  const quota = ((cpuMillicoresLimit ?? 0) * CPU_PERIOD_MICROSECONDS) / 1000;
  return {
    ...(cpuShares ? { CpuShares: cpuShares } : {}),
    ...(cpuMillicoresLimit
      ? { CpuPeriod: CPU_PERIOD_MICROSECONDS, CpuQuota: Math.max(Math.round(quota), MINIMUM_CPU_QUOTA) }
      : {}),
    // Memory and swap together at the same figure: no swap beyond the limit.
    ...(memoryBytesLimit ? { Memory: memoryBytesLimit, MemorySwap: memoryBytesLimit } : {}),
    ...(pidsLimit ? { PidsLimit: pidsLimit } : {}),
    ...(oomScoreAdj === undefined ? {} : { OomScoreAdj: oomScoreAdj }),
  };
}

function securityOf(config: ContainerConfig, { seccompProfile, capabilities }: ContainerOptions): Docker.HostConfig {
  return {
    ReadonlyRootfs: config.readOnlyRootFilesystem,
    CapAdd: [...config.addCapabilities],
    CapDrop: [...config.dropCapabilities],
    GroupAdd: config.supplementalGroups.map(String),
    SecurityOpt: [
      ...seccompOption(config.seccomp, seccompProfile),
      ...(config.appArmor === undefined ? [] : [`apparmor=${config.appArmor}`]),
      ...Object.entries(config.seLinux ?? {}).map(([part, value]) => `label=${part}:${value}`),
      ...(config.noNewPrivileges ? ['no-new-privileges'] : []),
    ],
    ...(config.unmaskProc ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    ...(config.privileged ? privilegeOf(capabilities) : { Privileged: false }),
  };
}

/** Kubernetes runs a container without a profile unconfined; RuntimeDefault is Docker's own profile, which it takes when none is named. */
function seccompOption(seccomp: string | undefined, profile: string | undefined): string[] {
  if (profile !== undefined) return [`seccomp=${profile}`];
  return seccomp === undefined ? ['seccomp=unconfined'] : [];
}
