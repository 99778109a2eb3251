/**
 * The messages of the Container Runtime Interface that this kubelet sends and reads, as TypeScript has them.
 *
 * One to one with `runtime.proto`, in lower camel case; enumerations are their names, 64 bit numbers are numbers (times in nanoseconds
 * lose less than a microsecond by it). Of an answer every field is there: what the runtime did not say is '', 0, false, or empty.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */

export type Texts = Readonly<Record<string, string>>;

export interface SandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string;
}

export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

export interface CriSandboxConfig {
  readonly metadata: SandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly linux: {
    readonly cgroupParent: string;
    readonly securityContext: {
      readonly namespaceOptions: NamespaceOption;
      readonly privileged: boolean;
      readonly seccomp: SecurityProfile;
    };
    readonly sysctls: Texts;
  };
}

export type SandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';

/** A line of the list; {@link CriSandboxStatus} says more. */
export interface CriSandbox {
  readonly id: string;
  readonly metadata: SandboxMetadata;
  readonly state: SandboxState;
  readonly createdAt: number;
  readonly labels: Texts;
  readonly annotations: Texts;
}

export interface CriSandboxStatus extends CriSandbox {
  readonly network?: { readonly ip: string } | null;
}

export interface CriMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
  readonly recursiveReadOnly?: boolean;
}

export interface CriResources {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitInBytes?: number;
  readonly memorySwapLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  /** files of a cgroup of version 2 */
  readonly unified?: Texts;
}

export interface CriSecurityContext {
  readonly capabilities: { readonly addCapabilities: readonly string[]; readonly dropCapabilities: readonly string[] };
  readonly privileged: boolean;
  readonly namespaceOptions: NamespaceOption;
  readonly selinuxOptions?: Texts;
  readonly runAsUser?: { readonly value: number };
  readonly runAsUsername?: string;
  readonly runAsGroup?: { readonly value: number };
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly number[];
  readonly supplementalGroupsPolicy: 'Merge' | 'Strict';
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
  readonly apparmor?: SecurityProfile;
}

export interface CriContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: { readonly image: string };
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly CriMount[];
  readonly labels: Texts;
  readonly annotations: Texts;
  /** below the sandbox's log directory */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux: { readonly resources: CriResources; readonly securityContext: CriSecurityContext };
}

export type CriContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';

/** A line of the list; {@link CriContainerStatus} says more. */
export interface CriContainer {
  readonly id: string;
  readonly podSandboxId: string;
  readonly state: CriContainerState;
  readonly labels: Texts;
}

export interface CriContainerStatus {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly state: CriContainerState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly imageRef: string;
  readonly reason: string;
  readonly message: string;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly logPath: string;
}

export interface CriImage {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly size: number;
  readonly uid?: { readonly value: number } | null;
  readonly username: string;
  readonly pinned: boolean;
}

interface CriStatus {
  readonly status?: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: boolean;
      readonly reason: string;
      readonly message: string;
    }[];
  } | null;
  readonly info: Texts;
  readonly runtimeHandlers: readonly {
    readonly name: string;
    readonly features?: { readonly recursiveReadOnlyMounts: boolean } | null;
  }[];
  readonly features?: { readonly supplementalGroupsPolicy: boolean } | null;
}

/** What a streaming call opens. */
export interface CriStreams {
  readonly containerId: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

type OfSandbox = { readonly podSandboxId: string };
type OfContainer = { readonly containerId: string };
type Empty = Readonly<Record<string, never>>;

/** Every call: what it is asked, what it answers. */
export interface CriCalls {
  Version: [{ readonly version: string }, { readonly runtimeName: string; readonly runtimeVersion: string }];
  Status: [{ readonly verbose: boolean }, CriStatus];
  RuntimeConfig: [Empty, { readonly linux?: { readonly cgroupDriver: 'SYSTEMD' | 'CGROUPFS' } | null }];
  RunPodSandbox: [{ readonly config: CriSandboxConfig; readonly runtimeHandler: string }, OfSandbox];
  StopPodSandbox: [OfSandbox, Empty];
  RemovePodSandbox: [OfSandbox, Empty];
  PodSandboxStatus: [
    OfSandbox & { readonly verbose: boolean },
    { readonly status: CriSandboxStatus; readonly info: Texts },
  ];
  ListPodSandbox: [{ readonly filter: { readonly labelSelector: Texts } }, { readonly items: readonly CriSandbox[] }];
  CreateContainer: [
    OfSandbox & { readonly config: CriContainerConfig; readonly sandboxConfig: CriSandboxConfig },
    OfContainer,
  ];
  StartContainer: [OfContainer, Empty];
  StopContainer: [OfContainer & { readonly timeout: number }, Empty];
  RemoveContainer: [OfContainer, Empty];
  ListContainers: [
    { readonly filter: { readonly labelSelector: Texts } },
    { readonly containers: readonly CriContainer[] },
  ];
  ContainerStatus: [
    OfContainer & { readonly verbose: boolean },
    { readonly status: CriContainerStatus; readonly info: Texts },
  ];
  ReopenContainerLog: [OfContainer, Empty];
  ExecSync: [
    OfContainer & { readonly cmd: readonly string[]; readonly timeout: number },
    { readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number },
  ];
  Exec: [CriStreams & { readonly cmd: readonly string[] }, { readonly url: string }];
  Attach: [CriStreams, { readonly url: string }];
  ListImages: [Empty, { readonly images: readonly CriImage[] }];
  ImageStatus: [{ readonly image: { readonly image: string } }, { readonly image?: CriImage | null }];
  PullImage: [
    {
      readonly image: { readonly image: string };
      readonly auth?: { readonly username: string; readonly password: string };
    },
    { readonly imageRef: string },
  ];
  RemoveImage: [{ readonly image: { readonly image: string } }, Empty];
}

export interface CriEvent {
  readonly containerId: string;
  readonly containerEventType:
    | 'CONTAINER_CREATED_EVENT'
    | 'CONTAINER_STARTED_EVENT'
    | 'CONTAINER_STOPPED_EVENT'
    | 'CONTAINER_DELETED_EVENT';
  readonly createdAt: number;
  readonly podSandboxStatus?: Pick<CriSandboxStatus, 'labels'> | null;
}
