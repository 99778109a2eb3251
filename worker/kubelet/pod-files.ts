/**
 * The files the kubelet writes for every pod: /etc/hosts, /etc/resolv.conf, and the termination message of a container.
 *
 * Their texts are made by `pod-names.ts`; here is where they lie: `$home/kubelet/pods/<uid>/`.
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import { type ClusterDns, renderHosts, renderResolvConf } from './pod-names';

/** Longest piece of a termination message file that is read. */
const MAX_MESSAGE_BYTES = 4096;

export class PodFiles {
  constructor(
    private readonly home: string,
    private readonly clusterDns: ClusterDns,
  ) {}

  directory(podUid: string): string {
    return join(this.home, 'kubelet', 'pods', podUid);
  }

  /** Writes the two files of a pod; returns their paths. */
  async writeNetworkFiles(pod: Pod, podIp: string, nodeName: string): Promise<{ hosts: string; resolvConf: string }> {
    const directory = this.directory(pod.metadata.uid ?? '');
    await mkdir(directory, { recursive: true });
    const hosts = join(directory, 'etc-hosts');
    const resolvConf = join(directory, 'resolv.conf');
    const nodeResolvConf = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    await Promise.all([
      writeFile(hosts, renderHosts(pod, podIp, nodeName, this.clusterDns.domain)),
      writeFile(resolvConf, renderResolvConf(pod, nodeResolvConf, this.clusterDns)),
    ]);
    return { hosts, resolvConf };
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
    return text ? text.slice(0, MAX_MESSAGE_BYTES) : undefined;
  }

  async remove(podUid: string): Promise<void> {
    await rm(this.directory(podUid), { recursive: true, force: true });
  }

  private messageFile(podUid: string, container: string, attempt: number): string {
    return join(this.directory(podUid), 'containers', container, `message-${attempt}`);
  }
}
