/**
 * Static pods: run by this kubelet from files, with or without an API server, and shown in the API as mirror pods.
 *
 * A mirror carries the static pod's uid as an annotation and its status; deleting it only makes the kubelet create it again. The
 * pod ends when its file goes. A changed file is another pod under the same name: it begins when the one before has ended.
 * https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
 */
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import type { PodStatus } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { isAlreadyExists, isConflict, isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import type { Logger } from '../../helper/process/component';
import { toTime } from './api-time';
import { readManifests } from './read-manifests';
import type { PodStatuses } from './status-writer';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** As Kubernetes' fileCheckFrequency: finds what the file system did not tell. */
const SCAN_MS = 20_000;
const MIRROR_RETRY_MS = 1000;

/** The uid of the static pod this pod is the mirror of; undefined for any other pod. */
export function mirroredUid(pod: Pod | undefined): string | undefined {
  return pod?.metadata.annotations?.[MIRROR_ANNOTATION];
}

/** A running pod, as `pod-workers.ts` gives it. */
interface StaticWorker {
  update(pod: Pod): void;
}

export interface StaticPodOptions {
  readonly directory: string;
  readonly nodeName: string;
  readonly client: ApiClient;
  readonly log: Logger;
  /** where statuses of mirrors are written */
  readonly statuses: PodStatuses;
  /** this node's object; undefined before it is registered */
  node(): Node | undefined;
  /** begins to run a pod whose status goes to `statuses` */
  run(pod: Pod, statuses: PodStatuses): StaticWorker;
}

interface Run {
  readonly pod: Pod;
  worker?: StaticWorker;
  status?: PodStatus;
  mirror?: Pod | undefined;
  /** its file is gone */
  isEnding: boolean;
}

export class StaticPods {
  private readonly runs = new Map<string, Run>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private watcher: FSWatcher | undefined;
  private isStopped = false;
  private scanning: Promise<void> = Promise.resolve();

  constructor(private readonly options: StaticPodOptions) {}

  /** Resolves when the pods of the files present now are known: before that, their containers would look like orphans. */
  async start(): Promise<void> {
    const { directory, log } = this.options;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      this.watcher = watch(directory, () => void this.scan());
      this.watcher.on('error', () => this.watcher?.close());
    } catch (error) {
      log.warn({ directory, error: String(error) }, 'folder of static pods not watched, looking now and then');
    }
    const timer = setInterval(() => void this.scan(), SCAN_MS).unref();
    this.timers.add(timer);
    await this.scan();
  }

  stop(): void {
    this.isStopped = true;
    this.watcher?.close();
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** A mirror pod of this node changed in the API. */
  onMirrorChange(before: Pod | undefined, after: Pod | undefined): void {
    const run = this.runs.get(mirroredUid(after ?? before) ?? '');
    if (after && (!run || run.isEnding || after.metadata.deletionTimestamp)) {
      this.deleteMirror(after);
      return;
    }
    if (!run) return;
    run.mirror = after;
    if (!after) void this.createMirror(run);
    else if (run.status) this.options.statuses.put(after, run.status);
  }

  /** One scan after the other: two at once could begin the same pod twice. */
  private scan(): Promise<void> {
    this.scanning = this.scanning.then(() => this.scanOnce());
    return this.scanning;
  }

  private async scanOnce(): Promise<void> {
    if (this.isStopped) return;
    const { directory, nodeName, log } = this.options;
    const wanted = await readManifests(directory, nodeName, (file, problem) =>
      log.error({ file, problem }, 'not a static pod'),
    );
    const uids = new Set(wanted.map(({ metadata }) => metadata.uid));
    for (const run of this.runs.values()) if (!uids.has(run.pod.metadata.uid)) this.end(run);
    for (const pod of wanted) if (!this.isNameTaken(pod)) this.begin(pod);
  }

  private isNameTaken({ metadata }: Pod): boolean {
    return [...this.runs.values()].some(
      ({ pod }) => pod.metadata.name === metadata.name && pod.metadata.namespace === metadata.namespace,
    );
  }

  private begin(pod: Pod): void {
    const run: Run = { pod, isEnding: false };
    this.runs.set(pod.metadata.uid ?? '', run);
    run.worker = this.options.run(pod, this.statusesOf(run));
    void this.createMirror(run);
  }

  private end(run: Run): void {
    if (run.isEnding) return;
    run.isEnding = true;
    const deletionGracePeriodSeconds = run.pod.spec?.terminationGracePeriodSeconds ?? 30;
    const metadata = { ...run.pod.metadata, deletionTimestamp: toTime(new Date()), deletionGracePeriodSeconds };
    run.worker?.update({ ...run.pod, metadata });
  }

  /** What the pod's worker takes for the API: the status goes to the mirror, and is remembered when there is none. */
  private statusesOf(run: Run): PodStatuses {
    const { statuses } = this.options;
    return {
      put: (_, status) => {
        run.status = status;
        if (run.mirror) statuses.put(run.mirror, status);
      },
      newest: (pod) => (run.status ? { ...pod, status: run.status } : pod),
      flush: async () => statuses.flush(run.mirror?.metadata.uid ?? ''),
      forget: (uid) => {
        this.runs.delete(uid);
        if (run.mirror) this.deleteMirror(run.mirror);
        void this.scan();
      },
    };
  }

  private async createMirror(run: Run): Promise<void> {
    if (this.isStopped || run.isEnding || run.mirror) return;
    const { client, log } = this.options;
    const node = this.options.node();
    const { name, namespace = '' } = run.pod.metadata;
    try {
      if (!node) throw new Error('the node is not registered yet');
      run.mirror = await client.create(podResource, mirrorOf(run.pod, node));
      if (run.status) this.options.statuses.put(run.mirror, run.status);
    } catch (error) {
      if (isAlreadyExists(error)) {
        const found = await client.get(podResource, namespace, name).catch(() => undefined);
        if (found && mirroredUid(found) === run.pod.metadata.uid) this.onMirrorChange(undefined, found);
        else if (found) this.deleteMirror(found);
      } else if (node) log.warn({ pod: name, error: String(error) }, 'mirror pod not created, trying again');
      if (run.mirror) return;
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        void this.createMirror(run);
      }, MIRROR_RETRY_MS).unref();
      this.timers.add(timer);
    }
  }

  private deleteMirror({ metadata }: Pod): void {
    const { client, log } = this.options;
    const { name, namespace = '', uid = '' } = metadata;
    if (this.isStopped) return;
    client.delete(podResource, namespace, name, { gracePeriodSeconds: 0, uid }).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error))
        log.warn({ pod: name, error: String(error) }, 'mirror pod not deleted');
    });
  }
}

/** What the API shows of a static pod: owned by its node, without what a mirror could reach things by. */
function mirrorOf(pod: Pod, node: Node): Pod {
  const { name, namespace, labels, annotations, uid = '' } = pod.metadata;
  const owner = {
    apiVersion: 'v1',
    kind: 'Node',
    name: node.metadata.name,
    uid: node.metadata.uid ?? '',
    controller: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, [MIRROR_ANNOTATION]: uid },
      ownerReferences: [owner],
    },
    ...(pod.spec ? { spec: pod.spec } : {}),
  };
}
