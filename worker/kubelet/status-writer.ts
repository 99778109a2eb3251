/**
 * Writes pod statuses to the API: the newest wanted status of each pod, one write at a time for each, only on change.
 *
 * A burst of changes becomes one write of the last. Conflicts take the fresh object and keep the conditions others own.
 * While the API server is away writes wait with back-off; the pods themselves go on.
 */
import type { PodStatus } from 'kubernetes-types/core/v1';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { isConflict, isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import { sameJson } from '../../helper/controller/same-json';
import type { Logger } from '../../helper/process/component';
import { isKubeletsOwn } from './pod-conditions';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

interface Entry {
  /** the newest object known: from the informer, or the answer of our own last write */
  pod: Pod;
  wanted: PodStatus;
  /** the last status that reached the API; the same object as `wanted` when there is nothing to do */
  written: PodStatus | undefined;
  writing: Promise<void> | undefined;
}

/** What a pod's worker needs of it. */
export type PodStatuses = Pick<PodStatusWriter, 'put' | 'newest' | 'flush' | 'forget'>;

export class PodStatusWriter {
  private readonly entries = new Map<string, Entry>();
  private isStopped = false;

  constructor(
    private readonly client: ApiClient,
    private readonly log: Logger,
  ) {}

  /** Wants `status` for the pod; returns at once. `pod` is the object as the informer has it. */
  put(pod: Pod, status: PodStatus): void {
    const uid = pod.metadata.uid ?? '';
    const entry = this.entries.get(uid) ?? { pod, wanted: status, written: undefined, writing: undefined };
    entry.wanted = status;
    if (isNewer(pod, entry.pod)) entry.pod = pod;
    this.entries.set(uid, entry);
    this.write(uid, entry);
  }

  /** Resolves when the wanted status is in the API, or the pod is gone from it. */
  async flush(podUid: string): Promise<void> {
    for (let entry = this.entries.get(podUid); entry?.writing; entry = this.entries.get(podUid)) await entry.writing;
  }

  /** The newest object of the pod this writer has seen: its own write may be ahead of the informer. */
  newest(pod: Pod): Pod {
    const known = this.entries.get(pod.metadata.uid ?? '')?.pod;
    return known && isNewer(known, pod) ? known : pod;
  }

  forget(podUid: string): void {
    this.entries.delete(podUid);
  }

  stop(): void {
    this.isStopped = true;
  }

  private write(uid: string, entry: Entry): void {
    entry.writing ??= this.writeNewest(uid, entry).finally(() => {
      entry.writing = undefined;
      // Wanted anew between the last look and now: nobody else would write it.
      if (entry.wanted !== entry.written && !this.isStopped && this.entries.get(uid) === entry) this.write(uid, entry);
    });
  }

  private async writeNewest(uid: string, entry: Entry): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.isStopped && this.entries.get(uid) === entry && entry.wanted !== entry.written) {
      const { wanted } = entry;
      const status = withForeignConditions(wanted, entry.pod.status);
      try {
        if (!sameJson(status, entry.pod.status)) {
          entry.pod = await this.client.updateStatus(podResource, { ...entry.pod, status });
        }
        entry.written = wanted;
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (isNotFound(error)) {
          this.entries.delete(uid);
          return;
        }
        if (isConflict(error) && (await this.refresh(uid, entry))) continue;
        if (this.entries.get(uid) !== entry || entry.pod.metadata.uid !== uid) return;
        this.log.warn({ pod: entry.pod.metadata.name, error: String(error) }, 'pod status not written, trying again');
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
  }

  /** Reads the pod again after a conflict; false when it could not be had. A pod of another uid ends the writing. */
  private async refresh(uid: string, entry: Entry): Promise<boolean> {
    const { namespace = '', name } = entry.pod.metadata;
    try {
      const fresh = await this.client.get(podResource, namespace, name);
      if (fresh.metadata.uid === uid) entry.pod = fresh;
      else this.entries.delete(uid);
      return true;
    } catch (error) {
      if (isNotFound(error)) this.entries.delete(uid);
      return isNotFound(error);
    }
  }
}

/** Our conditions from `wanted`, everybody else's as they are in the API now. */
function withForeignConditions(wanted: PodStatus, current: PodStatus | undefined): PodStatus {
  const own = (wanted.conditions ?? []).filter(isKubeletsOwn);
  const types = new Set(own.map(({ type }) => type));
  const foreign = (current?.conditions ?? []).filter(
    (condition) => !types.has(condition.type) && !isKubeletsOwn(condition),
  );
  return { ...wanted, conditions: [...own, ...foreign] };
}

function isNewer(a: Pod, b: Pod): boolean {
  return BigInt(a.metadata.resourceVersion ?? '0') > BigInt(b.metadata.resourceVersion ?? '0');
}
