/**
 * The kubelet put together: node agent, pod workers and their services, over a given client, runtime and network.
 *
 * `main.ts` makes the real ones; tests pass a simulated runtime and their own client. Nothing here waits for the API
 * server: whatever is not there yet is tried again, and pods that run go on running.
 * https://kubernetes.io/docs/concepts/architecture/#kubelet
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../helper/api/core/node';
import { persistentVolumeResource } from '../../helper/api/core/persistent-volume';
import { persistentVolumeClaimResource } from '../../helper/api/core/persistent-volume-claim';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { serviceResource } from '../../helper/api/core/service';
import type { KubeObject } from '../../helper/api/meta';
import type { Resource } from '../../helper/api/resource';
import { isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import type { Informer } from '../../helper/client/informer';
import { startInformer } from '../../helper/client/start-informer';
import { createEventRecorder } from '../../helper/controller/event-recorder';
import { clusterDnsAddress } from '../../helper/net/cluster-dns-address';
import type { Logger, RunningComponent } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Runtime } from '../runtime/runtime';
import { VolumeManager } from '../volumes/volume-manager';
import { PodCgroups } from './cgroups/pod-cgroups';
import { loadKubeletConfiguration } from './config/kubelet-configuration';
import { EvictionManager } from './eviction/eviction-manager';
import { podUses } from './eviction/pod-uses';
import { readHostFacts } from './host-facts';
import { ImageCollector } from './image-gc/image-collector';
import { ImageRecords } from './image-gc/image-records';
import { ImageService } from './images';
import { Limiter } from './limiter';
import { NodeAgent } from './node-agent';
import type { NodeNetwork } from './node-network';
import type { FieldFacts } from './pod-fields';
import { PodFiles } from './pod-files';
import type { PodServices } from './pod-services';
import { PodWorkers } from './pod-workers';
import { ProbeManager } from './probes/probe-manager';
import { isStaticPod } from './read-manifests';
import { ReferencedObjects } from './referenced-objects';
import { ServiceAccountTokens } from './service-account-tokens';
import { NodeShutdown, SHUTDOWN_STATE_FILE } from './shutdown/node-shutdown';
import { mirroredUid, StaticPods } from './static-pods';
import { PodStatusWriter } from './status-writer';

/** Sandboxes and containers being started at the same time; more only makes each slower. */
const MAX_PARALLEL_STARTS = 8;

type KubeletSettings = Pick<
  Settings,
  | 'home'
  | 'projectRoot'
  | 'nodeName'
  | 'nodeIp'
  | 'nodeGraceSeconds'
  | 'kubeletPort'
  | 'apiServerUrl'
  | 'podCidr'
  | 'unsafeSysctls'
  | 'staticPodPath'
  | 'serviceCidrs'
  | 'clusterDomain'
>;

export interface KubeletOptions {
  readonly settings: KubeletSettings;
  readonly client: ApiClient;
  readonly runtime: Runtime;
  readonly network: NodeNetwork;
  readonly log: Logger;
}

export interface Kubelet extends RunningComponent {
  /** why the node is not ready; undefined when it is */
  notReadyReason(): string | undefined;
  /** the pods of this node */
  readonly pods: Informer<Pod>;
  readonly shutdown: NodeShutdown;
}

/** Volumes and files of this node's pods, a folder for each uid. */
export const podsDirectoryOf = (home: string): string => join(home, 'kubelet', 'pods');

/** Starts; resolves when registration has been begun and everything listens. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { settings, client, runtime, network, log } = options;
  const podsDirectory = podsDirectoryOf(settings.home);
  mkdirSync(podsDirectory, { recursive: true, mode: 0o750 });
  const host = await readHostFacts(settings.home);
  const configuration = await loadKubeletConfiguration(join(settings.home, 'kubelet', 'config.yaml'));
  const events = createEventRecorder(client, { component: 'kubelet', host: settings.nodeName, log });
  const tokens = new ServiceAccountTokens(client);
  const serviceInformer = startInformer(client, serviceResource, {}, log);
  const ref: { workers?: PodWorkers; pods?: Informer<Pod> } = {};
  const objects = new ReferencedObjects(client, log, (uid) => ref.workers?.onReferenceChange(uid));
  const eviction: EvictionManager = new EvictionManager({
    configuration,
    uses: (resource) => podUses(runtime, ref.workers?.running() ?? [], resource),
    evict: (uid, verdict) => ref.workers?.evict(uid, verdict) ?? false,
    reclaimDisk: async () => {
      await ref.workers?.removeDead();
      await collector.removeUnused();
    },
    measure: () => agent.measure(),
    log,
  });
  const images = new ImageService(
    runtime,
    () => new Date(),
    (imageId) => collector.handOut(imageId),
  );
  const collector = new ImageCollector({
    runtime,
    configuration,
    records: new ImageRecords(join(settings.home, 'kubelet', 'images.json')),
    disk: async () => (await agent.measure()).imageDisk,
    onRemoved: (imageId) => images.forgetId(imageId),
    warn: (reason, message) => events.record(nodeOf(settings.nodeName), { type: 'Warning', reason, message }),
    log,
  });
  const shutdown = new NodeShutdown({
    configuration,
    stateFile: join(settings.home, 'kubelet', SHUTDOWN_STATE_FILE),
    whenKnown: async () => ref.pods?.whenSynced(),
    pods: () => ref.workers?.running().map(({ pod }) => pod) ?? [],
    end: async (uid, verdict) => ref.workers?.shutDown(uid, verdict),
    onChange: () => agent.reportSoon(),
    event: (message) => events.record(nodeOf(settings.nodeName), { type: 'Normal', reason: 'NodeShutdown', message }),
    log,
  });
  const agent = new NodeAgent(
    {
      client,
      runtime,
      network,
      log,
      home: settings.home,
      nodeName: settings.nodeName,
      nodeIp: settings.nodeIp,
      kubeletPort: settings.kubeletPort,
      graceSeconds: settings.nodeGraceSeconds,
      configuration,
      pressures: (facts) => eviction.look(facts, new Date()),
      shutdownReason: () => shutdown.reason(),
      onReadyChange: (isReady) => isReady && ref.workers?.wakeAll(),
    },
    host,
  );
  const fields = (podIp: string): FieldFacts => ({
    nodeName: settings.nodeName,
    hostIp: settings.nodeIp,
    podIp,
    allocatable: agent.allocatable(),
  });
  const statuses = new PodStatusWriter(client, log);
  const probes = new ProbeManager({
    runtime,
    onVerdict: (uid) => ref.workers?.wake(uid),
    event: (pod, event) => events.record(pod, event),
  });
  const name = await runtimeName(runtime);
  const services: PodServices = {
    runtime,
    runtimeName: name,
    bindsSubPaths: name !== 'simulated' && process.getuid?.() === 0,
    client,
    nodeName: settings.nodeName,
    nodeIp: settings.nodeIp,
    place: {
      nodeName: settings.nodeName,
      clusterDomain: settings.clusterDomain,
      clusterDns: clusterDnsAddress(settings.serviceCidrs[0] ?? ''),
    },
    seccompDirectory: join(settings.home, 'kubelet', 'seccomp'),
    memoryCapacityBytes: host.memoryTotalBytes,
    configuration,
    cgroups: new PodCgroups(runtime, configuration.cgroupsPerQos, log),
    runningPods: () => ref.workers?.running().map(({ pod }) => pod) ?? [],
    volumes: new VolumeManager(
      { podsDirectory, projectRoot: settings.projectRoot, home: settings.home },
      {
        configMap: (namespace, name) => objects.configMap(namespace, name),
        secret: (namespace, name) => objects.secret(namespace, name),
        fields: (pod) => fields(pod.status?.podIP ?? ''),
        serviceAccountToken: (pod, audience, seconds) => tokens.get(pod, audience, seconds),
        claim: (namespace, name) => find(client, persistentVolumeClaimResource, namespace, name),
        persistentVolume: (name) => find(client, persistentVolumeResource, '', name),
      },
    ),
    images,
    files: new PodFiles(settings.home),
    objects,
    tokens,
    statuses,
    probes,
    starts: new Limiter(MAX_PARALLEL_STARTS),
    apiAddress: addressOf(settings.apiServerUrl),
    networkNotReady: () => network.notReadyReason(),
    reconcileNetwork: async (uids) => network.reconcile?.(uids),
    fields,
    admission: () => ({
      node: agent.current(),
      allowedUnsafeSysctls: settings.unsafeSysctls,
      hasAppArmor: host.hasAppArmor,
      isShuttingDown: shutdown.reason() !== undefined,
    }),
    clusterServices: async (pod) => {
      if (!isStaticPod(pod)) await serviceInformer.whenSynced();
      return serviceInformer.list();
    },
    event: (pod, event) => events.record(pod, event),
    log,
    now: () => new Date(),
  };
  const workers = new PodWorkers(services, podsDirectory);
  ref.workers = workers;
  const pods = startInformer(client, podResource, { fieldSelector: `spec.nodeName=${settings.nodeName}` }, log);
  ref.pods = pods;
  const staticPods = new StaticPods({
    directory: settings.staticPodPath,
    nodeName: settings.nodeName,
    client,
    log,
    statuses,
    node: () => agent.current(),
    run: (pod, into) => workers.runStatic(pod, into),
  });
  await staticPods.start();
  pods.addHandler({
    onChange(before, after) {
      if (mirroredUid(after ?? before) === undefined) workers.onPodChange(before, after);
      else staticPods.onMirrorChange(before, after);
    },
  });
  void pods.whenSynced().then(() => workers.start());
  void agent.start().then(
    () => collector.start(),
    (error: unknown) => log.error({ error: String(error) }, 'node agent ended'),
  );

  return {
    pods,
    shutdown,
    notReadyReason: () => agent.problems()[0],
    async stop() {
      agent.stop();
      pods.stop();
      staticPods.stop();
      workers.stop();
      collector.stop();
      probes.stop();
      serviceInformer.stop();
      objects.stop();
      statuses.stop();
      await events.stop();
    },
  };
}

/** The node as events of the kubelet name it: its uid is its name. */
function nodeOf(name: string): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
}

/** undefined when there is none. */
async function find<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  try {
    return await client.get(resource, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The prefix of container ids; a runtime that is down now will have the usual one. */
async function runtimeName(runtime: Runtime): Promise<string> {
  return runtime.info().then(
    ({ name }) => name,
    () => 'docker',
  );
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) || 443 };
}
