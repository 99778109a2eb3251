/**
 * The files the kubelet writes for every pod: /etc/hosts, /etc/resolv.conf, and the termination message of a container.
 *
 * The texts are pure functions of `pod-hosts.ts` and `pod-resolv-conf.ts`; `PodFiles` knows where they lie: `$home/kubelet/pods/<uid>/`.
 * https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import type { NamePlace } from './pod-hostname';
import { renderHosts } from './pod-hosts';
import { renderResolvConf } from './pod-resolv-conf';

/** Longest piece of a termination message file that is read. */
const MAX_MESSAGE_BYTES = 4096;

/** systemd-resolved answers on a loopback address that no pod can reach; it writes the true servers to this file. */
const RESOLVED_STUB = /^nameserver\s+127\.0\.0\.53$/m;
const RESOLVED_FILE = '/run/systemd/resolve/resolv.conf';

/** What a pod's network files are made of, besides the pod. */
export interface NetworkFacts extends NamePlace {
  /** address of the cluster's DNS Service */
  readonly clusterDns: string;
  readonly podIp: string;
}

export interface NetworkFiles {
  /** paths on this host */
  readonly hosts: string;
  readonly resolvConf: string;
  readonly warnings: readonly string[];
}

async function readNodeResolvConf(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return RESOLVED_STUB.test(text) ? await readFile(RESOLVED_FILE, 'utf8').catch(() => text) : text;
}

export class PodFiles {
  constructor(private readonly home: string) {}

  directory(podUid: string): string {
    return join(this.home, 'kubelet', 'pods', podUid);
  }

  /** Writes the two files of a pod. */
  async writeNetworkFiles(pod: Pod, facts: NetworkFacts): Promise<NetworkFiles> {
    const directory = this.directory(pod.metadata.uid ?? '');
    await mkdir(directory, { recursive: true });
    const hosts = join(directory, 'etc-hosts');
    const resolvConf = join(directory, 'resolv.conf');
    const nodeHosts = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => '') : '';
    const { text, warnings } = renderResolvConf(pod, {
      ...facts,
      nodeResolvConf: await readNodeResolvConf(),
    });
    await Promise.all([writeFile(hosts, renderHosts(pod, facts.podIp, facts, nodeHosts)), writeFile(resolvConf, text)]);
    return { hosts, resolvConf, warnings };
  }

  /** An empty file for the container to leave its last words in. */
  async createMessageFile(podUid: string, container: string, attempt: number): Promise<string> {
    const path = this.messageFile(podUid, container, attempt);
    await mkdir(join(this.directory(podUid), 'containers', container), { recursive: true });
    await writeFile(path, '');
    // Anyone may write: the container's user is not known to be root. Set afterwards, because of the umask.
    await chmod(path, 0o666);
    return path;
  }

  /** What the container wrote, undefined when nothing. */
  async readMessage(podUid: string, container: string, attempt: number): Promise<string | undefined> {
    const text = await readFile(this.messageFile(podUid, container, attempt), 'utf8').catch(() => '');
    // The end counts, as with logs.
    return text ? Buffer.from(text).subarray(-MAX_MESSAGE_BYTES).toString('utf8') : undefined;
  }

  async remove(podUid: string): Promise<void> {
    await rm(this.directory(podUid), { recursive: true, force: true });
  }

  private messageFile(podUid: string, container: string, attempt: number): string {
    return join(this.directory(podUid), 'containers', container, `message-${attempt}`);
  }
}
