/**
 * What a pod worker works with: the services of this kubelet, handed to every worker.
 */
import type { Pod } from '../../helper/api/core/pod';
import type { Service } from '../../helper/api/core/service';
import type { ApiClient } from '../../helper/client/client';
import type { Logger } from '../../helper/process/component';
import type { Runtime } from '../runtime/runtime';
import type { VolumeManager } from '../volumes/volume-manager';
import type { AdmissionFacts } from './admit-pod';
import type { PodCgroups } from './cgroups/pod-cgroups';
import type { KubeletConfiguration } from './config/kubelet-configuration';
import type { ImageService } from './images';
import type { Limiter } from './limiter';
import type { PodEvent } from './pod-events';
import type { FieldFacts } from './pod-fields';
import type { NetworkFacts, PodFiles } from './pod-files';
import type { ProbeManager } from './probes/probe-manager';
import type { ReferencedObjects } from './referenced-objects';
import type { ServiceAccountTokens } from './service-account-tokens';
import type { ApiAddress } from './service-env';
import type { PodStatuses } from './status-writer';

export interface PodServices {
  readonly runtime: Runtime;
  /** `docker`, `simulated` */
  readonly runtimeName: string;
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly place: Omit<NetworkFacts, 'podIp'>;
  /** where Localhost seccomp profiles lie on this host */
  readonly seccompDirectory: string;
  readonly memoryCapacityBytes: number;
  readonly configuration: KubeletConfiguration;
  readonly cgroups: PodCgroups;
  /** the pods that run on this node */
  runningPods(): readonly Pod[];
  readonly volumes: VolumeManager;
  /** subPaths are bound by the kubelet before the runtime mounts them; false where nothing is ever mounted */
  readonly bindsSubPaths: boolean;
  readonly images: ImageService;
  readonly files: PodFiles;
  readonly objects: ReferencedObjects;
  readonly tokens: ServiceAccountTokens;
  readonly statuses: PodStatuses;
  readonly probes: ProbeManager;
  /** bounds sandbox and container starts over all pods */
  readonly starts: Limiter;
  readonly apiAddress: ApiAddress;
  /** why pods may not be started now (network not ready); host-network pods may */
  networkNotReady(): string | undefined;
  /** Frees addresses of pods other than these, and mends what someone removed. */
  reconcileNetwork(livePodUids: ReadonlySet<string>): Promise<void>;
  /** what the admission of a pod depends on, besides the pods that run */
  admission(): Pick<AdmissionFacts, 'node' | 'allowedUnsafeSysctls' | 'hasAppArmor' | 'isShuttingDown'>;
  fields(podIp: string): FieldFacts;
  /** Services known to this node, once their first list is in; those known now for a static pod, which must not wait for an API server. */
  clusterServices(pod: Pod): Promise<readonly Service[]>;
  event(pod: Pod, event: PodEvent): void;
  readonly log: Logger;
  now(): Date;
}
