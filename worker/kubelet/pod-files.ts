/**
 * The files the kubelet writes for every pod: /etc/hosts, /etc/resolv.conf, and the termination message of a container.
 *
 * The texts are pure functions; `PodFiles` knows where they lie: `$home/kubelet/pods/<uid>/`.
 * https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import { podHostname } from './container-config';

/** Longest piece of a termination message file that is read. */
const MAX_MESSAGE_BYTES = 4096;

/** Kubernetes' hosts file: localhost, the pod's own name, and spec.hostAliases. */
function renderHosts(pod: Pod, podIp: string, nodeName: string): string {
  const { hostname, subdomain } = { hostname: podHostname(pod, nodeName), subdomain: pod.spec?.subdomain };
  const domain = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.cluster.local\t` : '';
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...(podIp ? [`${podIp}\t${domain}${hostname}`] : []),
  ];
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) lines.push('', '# Entries added by HostAliases.');
  for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join('\t')}`);
  return `${lines.join('\n')}\n`;
}

/** The node's resolv.conf with the pod's dnsConfig merged in; dnsPolicy None starts from nothing. */
function renderResolvConf(pod: Pod, nodeResolvConf: string): string {
  const { dnsPolicy, dnsConfig } = pod.spec ?? {};
  // Cluster DNS comes with the dns component; until then ClusterFirst resolves as the node does, as Kubernetes' kubelet
  // itself does when it was started without a cluster DNS address.
  const base = dnsPolicy === 'None' ? [] : nodeResolvConf.split('\n').map((line) => line.trim().split(/\s+/));
  const valuesOf = (word: string) => base.filter(([first]) => first === word).flatMap(([, ...values]) => values);
  const nameservers = [...new Set([...valuesOf('nameserver'), ...(dnsConfig?.nameservers ?? [])])].slice(0, 3);
  const searches = [...new Set([...valuesOf('search'), ...(dnsConfig?.searches ?? [])])];
  const extra = (dnsConfig?.options ?? []).map(({ name = '', value }) =>
    value === undefined ? name : `${name}:${value}`,
  );
  const overridden = new Set(extra.map((option) => option.split(':')[0]));
  const options = [...valuesOf('options').filter((option) => !overridden.has(option.split(':')[0])), ...extra];
  const lines = nameservers.map((server) => `nameserver ${server}`);
  if (searches.length > 0) lines.push(`search ${searches.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

export class PodFiles {
  constructor(private readonly home: string) {}

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
      writeFile(hosts, renderHosts(pod, podIp, nodeName)),
      writeFile(resolvConf, renderResolvConf(pod, nodeResolvConf)),
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
