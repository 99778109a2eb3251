/**
 * Local copies of the ConfigMaps and Secrets the pods of this node refer to, and of nothing else.
 *
 * Each object has a watch of its own (fieldSelector on its name) for as long as a pod refers to it: a change reaches the
 * pods within milliseconds, and a missing object wakes its pods the moment it appears. Secrets of other nodes' pods are
 * never seen here.
 * https://kubernetes.io/docs/concepts/configuration/secret/#information-security-for-secrets
 */
import { type ConfigMap, configMapResource } from '../../helper/api/core/config-map';
import type { Pod } from '../../helper/api/core/pod';
import { type Secret, secretResource } from '../../helper/api/core/secret';
import type { ApiClient } from '../../helper/client/client';
import type { Informer } from '../../helper/client/informer';
import { startInformer } from '../../helper/client/start-informer';
import type { Logger } from '../../helper/process/component';
import { referencesOf } from './pod-references';

/** How long a container start waits for the first sight of an object before it is tried again later. */
const FIRST_LIST_TIMEOUT_MS = 10_000;

interface Entry {
  readonly informer: Informer<ConfigMap> | Informer<Secret>;
  readonly podUids: Set<string>;
}

export class ReferencedObjects {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly client: ApiClient,
    private readonly log: Logger,
    /** called when an object changed that this pod refers to */
    private readonly onChange: (podUid: string) => void,
  ) {}

  /** Watches what the pod refers to from now on. Idempotent. */
  track(pod: Pod): void {
    for (const reference of referencesOf(pod)) this.entry(pod, reference).podUids.add(pod.metadata.uid ?? '');
  }

  /** Ends the watches only this pod needed. */
  release(podUid: string): void {
    for (const [key, entry] of this.entries) {
      entry.podUids.delete(podUid);
      if (entry.podUids.size > 0) continue;
      entry.informer.stop();
      this.entries.delete(key);
    }
  }

  /** undefined when there is none; throws when the API cannot be asked. The pod must be tracked. */
  async configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    const found = await this.find(`configmaps/${namespace}/${name}`);
    return found ? (found.get(namespace, name) as ConfigMap | undefined) : undefined;
  }

  async secret(namespace: string, name: string): Promise<Secret | undefined> {
    const found = await this.find(`secrets/${namespace}/${name}`);
    return found ? (found.get(namespace, name) as Secret | undefined) : undefined;
  }

  stop(): void {
    for (const { informer } of this.entries.values()) informer.stop();
    this.entries.clear();
  }

  private async find(key: string): Promise<Entry['informer'] | undefined> {
    const informer = this.entries.get(key)?.informer;
    if (!informer || informer.hasSynced) return informer;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const text = `failed to sync ${key.split('/')[0]?.replace(/s$/, '')} cache: timed out waiting for the condition`;
      timer = setTimeout(() => reject(new Error(text)), FIRST_LIST_TIMEOUT_MS);
    });
    await Promise.race([informer.whenSynced(), timeout]).finally(() => clearTimeout(timer));
    return informer;
  }

  private entry(pod: Pod, reference: string): Entry {
    const [plural = '', name = ''] = reference.split('/');
    const namespace = pod.metadata.namespace ?? '';
    const key = `${plural}/${namespace}/${name}`;
    const existing = this.entries.get(key);
    if (existing) return existing;
    const query = { namespace, fieldSelector: `metadata.name=${name}` };
    const podUids = new Set<string>();
    const onChange = () => {
      for (const uid of podUids) this.onChange(uid);
    };
    const entry: Entry =
      plural === 'configmaps'
        ? { informer: startInformer(this.client, configMapResource, query, this.log), podUids }
        : { informer: startInformer(this.client, secretResource, query, this.log), podUids };
    entry.informer.addHandler({ onChange });
    this.entries.set(key, entry);
    return entry;
  }
}
