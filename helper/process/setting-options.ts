/**
 * The table of settings a user can give: how each is read from text, and what a message says was expected.
 *
 * One row a setting. The flag (`--port-base`) and the variable (`MINIK8S_PORT_BASE`) follow from the name, and values of
 * `cluster.json` are read by the same rows.
 */
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { RUNTIMES } from './node-runtimes';
import type { Settings } from './settings';

/** Reads one setting's text. `read` gives undefined when the text is not what `expected` says. */
export interface SettingOption<T> {
  readonly expected: string;
  readonly help: string;
  read(text: string): T | undefined;
  /** true: the bare flag means `true` */
  readonly isSwitch?: boolean;
}

type Reader<T> = Pick<SettingOption<T>, 'expected' | 'read'>;

const name: Reader<string> = {
  expected: 'letters, digits, "-" and "." (a DNS name), up to 253 characters',
  read: (text) => (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text) && text.length <= 253 ? text : undefined),
};
const word: Reader<string> = {
  expected: 'letters, digits, "-", "_" and "."',
  read: (text) => (/^[\w.-]+$/.test(text) ? text : undefined),
};
const path: Reader<string> = { expected: 'a path', read: (text) => (text ? resolve(text) : undefined) };
const address: Reader<string> = {
  expected: 'an IPv4 address such as 192.0.2.10',
  read: (text) => (isIPv4(text) ? text : undefined),
};

function integer(from: number, to: number): Reader<number> {
  return {
    expected: `a whole number from ${from} to ${to}`,
    read: (text) => (/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined),
  };
}

function oneOf<T extends string>(...values: readonly T[]): Reader<T> {
  return { expected: `one of ${values.join(', ')}`, read: (text) => values.find((value) => value === text) };
}

function listOf<T>(item: Reader<T>): Reader<T[]> {
  return {
    expected: `${item.expected}; several are separated by commas`,
    read(text) {
      const items = text.split(',').filter(Boolean).map(item.read);
      return items.every((entry) => entry !== undefined) ? items : undefined;
    },
  };
}

function isUrl(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

const url: Reader<string> = {
  expected: 'a URL such as https://192.0.2.10:6443',
  read: (text) => (isUrl(text) ? text.replace(/\/+$/, '') : undefined),
};

const unixSocket: Reader<string> = {
  expected: 'a socket such as unix:///run/containerd/containerd.sock',
  read: (text) => (/^unix:\/\/\/\S+$/.test(text) ? text : undefined),
};

const cidr: Reader<string> = {
  expected: 'an IPv4 range such as 10.244.0.0/16',
  read(text) {
    const [base = '', bits = ''] = text.split('/');
    return isIPv4(base) && /^\d+$/.test(bits) && Number(bits) <= 32 ? text : undefined;
  },
};

const cidrOrPrimary: Reader<string> = {
  expected: `${cidr.expected}, or primary`,
  read: (text) => (text === 'primary' ? text : cidr.read(text)),
};

const portRange: Reader<Settings['nodePortRange']> = {
  expected: 'a range of ports such as 30000-32767',
  read(text) {
    const [, first = 0, last = 0] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
    return first > 0 && last >= first && last < 65536 ? { first, last } : undefined;
  },
};

const sysctl: Reader<string> = {
  expected: 'the name of a sysctl such as net.core.somaxconn, or a group such as kernel.msg*',
  read: (text) => (/^[a-z0-9][-_./a-z0-9]*\*?$/.test(text) ? text : undefined),
};

const onOff: Reader<boolean> = {
  expected: 'true or false',
  read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
};

const port = integer(1, 65535);
const seconds = integer(1, 86_400);

/** Linux keeps interface names below 16 bytes and iptables chain names below 29; ours append to both. */
const shortName = (longest: number): Reader<string> => ({
  expected: `a word of at most ${longest} letters, digits or "-"`,
  read: (text) => (/^[A-Za-z0-9-]+$/.test(text) && text.length <= longest ? text : undefined),
});

/** Every setting, in the order `--help` shows them. */
export const SETTING_OPTIONS: { readonly [K in keyof Settings]: SettingOption<Settings[K]> } = {
  home: { ...path, help: 'all state of this cluster' },
  projectRoot: { ...path, help: 'the installation folder' },
  portBase: { ...integer(1, 65_000), help: 'first port of this cluster; the API server listens on it' },
  apiServerUrl: { ...url, help: 'where the API server is' },
  bindAddress: { ...address, help: 'address the API server listens on' },
  kubeconfig: { ...path, help: 'identity to use towards the API server' },
  nodeName: { ...name, help: "this node's name" },
  nodeIp: { ...address, help: 'address of this host as other nodes reach it' },
  kubeletPort: { ...port, help: "port of the kubelet's server" },
  store: { ...oneOf('embedded', 'etcd'), help: 'where the API server keeps its objects' },
  etcdEndpoints: { ...listOf(url), help: 'etcd members' },
  etcdName: { ...word, help: 'name of the etcd that up runs' },
  etcdPeerUrl: {
    ...url,
    read: (text) => (text === '' ? '' : url.read(text)),
    help: "where that etcd listens for other members; default: beside its clients' port",
  },
  runtime: { ...oneOf(...RUNTIMES), help: 'what runs containers' },
  criEndpoint: { ...unixSocket, help: 'socket of a runtime that speaks CRI, for runtime containerd' },
  dockerSocket: { ...path, help: "Docker's socket" },
  bridgeName: { ...shortName(15), help: "this node's pod bridge" },
  podCidr: { ...cidr, help: 'range of pod addresses; each node gets a /24 of it' },
  serviceCidrs: { ...listOf(cidr), help: 'ranges of service addresses; allocation uses the first' },
  loadBalancerCidr: { ...cidr, help: 'addresses for Services of type LoadBalancer' },
  nodePortRange: { ...portRange, help: 'ports for Services of type NodePort' },
  nodePortAddresses: { ...listOf(cidrOrPrimary), help: 'host addresses node ports answer on; all when empty' },
  chainPrefix: { ...shortName(10), help: 'prefix of iptables chains' },
  clusterDomain: { ...name, help: 'DNS suffix of the cluster' },
  unsafeSysctls: { ...listOf(sysctl), help: 'sysctls beyond the safe ones that pods may set; a.b.* is a group' },
  staticPodPath: { ...path, help: 'folder of manifests the kubelet runs by itself' },
  overlayBackend: { ...oneOf('vxlan', 'host-gw'), help: 'how packets of pods travel between nodes' },
  flanneldPath: {
    ...path,
    read: (text) => (text === '' ? '' : path.read(text)),
    help: 'path of a flanneld to run in place of the overlay; needs etcd',
  },
  podEvictionSeconds: { ...seconds, help: 'how long a node may be NotReady before its pods are evicted' },
  nodeGraceSeconds: { ...seconds, help: 'how long a node may be silent before it is NotReady' },
  rotateCertificates: { ...onOff, isSwitch: true, help: "renew this machine's certificates before they end" },
  clusterSigningSeconds: {
    ...integer(1, 315_360_000),
    help: 'longest life of a certificate that the cluster signs',
  },
  leaderElect: { ...onOff, isSwitch: true, help: 'act only while holding the lease of this component' },
  insecurePort: { ...integer(0, 65_535), help: 'plain HTTP alias on loopback; 0 is off' },
  tokenAuthFile: {
    ...path,
    help: 'bearer tokens the API server knows, token,user,uid,"groups" a line; default: pki/tokens.csv, if there is one',
  },
  auditPolicyFile: {
    ...path,
    help: 'audit policy (audit.k8s.io/v1); without one every write and refusal leaves a line',
  },
  admissionControlConfigFile: {
    ...path,
    help: 'what admission plugins are told (apiserver.config.k8s.io/v1); PodSecurity knows defaults and exemptions',
  },
  auditLogMaxSize: { ...integer(1, 100_000), help: 'mebibytes after which the audit log is set aside' },
  auditLogMaxBackup: { ...integer(0, 1000), help: 'audit logs set aside that are kept' },
  auditWebhookConfigFile: { ...path, help: 'kubeconfig of a program that gets the audit trail, too' },
  auditWebhookBatchMaxSize: { ...integer(1, 10_000), help: 'lines of the audit trail sent at once' },
  auditWebhookBatchMaxWait: { ...seconds, help: 'how long a line of the audit trail waits for others' },
  auditWebhookInitialBackoff: { ...seconds, help: 'how long until lines that were not taken are sent again' },
  logLevel: { ...oneOf('debug', 'info', 'warn', 'error'), help: 'least severity that is logged' },
};

const words = (key: string, joiner: string) => key.replace(/[A-Z]/g, (letter) => joiner + letter.toLowerCase());

/** `portBase` -> `--port-base` */
export const flagOf = (key: string) => `--${words(key, '-')}`;
/** `portBase` -> `MINIK8S_PORT_BASE` */
export const variableOf = (key: string) => `MINIK8S_${words(key, '_').toUpperCase()}`;
