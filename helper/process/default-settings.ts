/**
 * What a minik8s installation is when nobody says otherwise: one node on this host, Kubernetes' usual ranges and times.
 *
 * Some defaults follow from others (ports from the port base, the API's address from its port), so they are computed from
 * the values given so far. Read by `load-settings.ts`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { clusterProfile, DEFAULT_PORT_BASE } from './cluster-profile';
import type { Settings } from './settings';

const KUBELET_PORT = 10250;

/** `/var/lib/minik8s` for root, `~/.minik8s` for anyone else. */
export function defaultHome(): string {
  return process.getuid?.() === 0 ? '/var/lib/minik8s' : join(homedir(), '.minik8s');
}

/** The installation folder: the nearest one above this file that holds `run.sh`; works from sources and from `dist/`. */
function findProjectRoot(start: string = __dirname): string {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'run.sh')) && existsSync(join(folder, 'package.json'))) return folder;
  }
  return process.cwd();
}

/** Name of the interface that carries the default route, from the text of `/proc/net/route`; undefined without one. */
export function defaultRouteInterface(routeTable: string): string | undefined {
  const fields = routeTable.split('\n').map((line) => line.split('\t'));
  return fields.find(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')?.[0];
}

/** IPv4 addresses of this host by interface, loopback left out. */
export function hostAddresses(): { interface: string; address: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ interface: name, address })),
  );
}

/** The IPv4 address other hosts know this one by: that of the default route's interface, else the first, else loopback. */
function primaryAddress(): string {
  const addresses = hostAddresses();
  let routes = '';
  try {
    routes = readFileSync('/proc/net/route', 'utf8');
  } catch {
    // Not Linux: the first address has to do.
  }
  const preferred = defaultRouteInterface(routes);
  return (addresses.find((entry) => entry.interface === preferred) ?? addresses[0])?.address ?? '127.0.0.1';
}

/** The containerd that a cluster starts for itself. */
export function ownCriEndpoint(home: string): string {
  return `unix://${join(home, 'run', 'containerd.sock')}`;
}

/** All settings: `given` where it says something, defaults elsewhere. */
export function withDefaults(given: Partial<Settings>): Settings {
  const home = given.home ?? defaultHome();
  const portBase = given.portBase ?? DEFAULT_PORT_BASE;
  const store = given.store ?? 'embedded';
  const profile = clusterProfile(portBase);
  return {
    home,
    projectRoot: given.projectRoot ?? findProjectRoot(),
    portBase,
    apiServerUrl: given.apiServerUrl ?? `https://127.0.0.1:${portBase}`,
    bindAddress: given.bindAddress ?? '0.0.0.0',
    kubeconfig: given.kubeconfig ?? join(home, 'admin.kubeconfig'),
    nodeName: given.nodeName ?? 'node1',
    nodeIp: given.nodeIp ?? primaryAddress(),
    kubeletPort: given.kubeletPort ?? (portBase === DEFAULT_PORT_BASE ? KUBELET_PORT : portBase + 1),
    store,
    etcdEndpoints: given.etcdEndpoints ?? (store === 'etcd' ? [`http://127.0.0.1:${portBase + 20}`] : []),
    etcdName: given.etcdName ?? 'minik8s',
    etcdPeerUrl: given.etcdPeerUrl ?? '',
    runtime: given.runtime ?? 'docker',
    criEndpoint: given.criEndpoint ?? ownCriEndpoint(home),
    dockerSocket: given.dockerSocket ?? '/var/run/docker.sock',
    bridgeName: given.bridgeName ?? profile.bridgeName,
    podCidr: given.podCidr ?? profile.podCidr,
    serviceCidrs: given.serviceCidrs ?? profile.serviceCidrs,
    loadBalancerCidr: given.loadBalancerCidr ?? profile.loadBalancerCidr,
    nodePortRange: given.nodePortRange ?? { first: 30000, last: 32767 },
    nodePortAddresses: given.nodePortAddresses ?? [],
    chainPrefix: given.chainPrefix ?? profile.chainPrefix,
    clusterDomain: given.clusterDomain ?? 'cluster.local',
    unsafeSysctls: given.unsafeSysctls ?? [],
    staticPodPath: given.staticPodPath ?? join(home, 'kubelet', 'manifests'),
    overlayBackend: given.overlayBackend ?? 'vxlan',
    flanneldPath: given.flanneldPath ?? '',
    podEvictionSeconds: given.podEvictionSeconds ?? 300,
    nodeGraceSeconds: given.nodeGraceSeconds ?? 40,
    rotateCertificates: given.rotateCertificates ?? false,
    clusterSigningSeconds: given.clusterSigningSeconds ?? 365 * 86_400,
    leaderElect: given.leaderElect ?? false,
    insecurePort: given.insecurePort ?? 0,
    tokenAuthFile: given.tokenAuthFile ?? '',
    admissionControlConfigFile: given.admissionControlConfigFile ?? '',
    auditPolicyFile: given.auditPolicyFile ?? '',
    auditLogMaxSize: given.auditLogMaxSize ?? 32,
    auditLogMaxBackup: given.auditLogMaxBackup ?? 1,
    auditWebhookConfigFile: given.auditWebhookConfigFile ?? '',
    auditWebhookBatchMaxSize: given.auditWebhookBatchMaxSize ?? 400,
    auditWebhookBatchMaxWait: given.auditWebhookBatchMaxWait ?? 30,
    auditWebhookInitialBackoff: given.auditWebhookInitialBackoff ?? 10,
    logLevel: given.logLevel ?? 'info',
  };
}
