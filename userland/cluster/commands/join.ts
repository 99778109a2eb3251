/**
 * `./run.sh join --server URL --token T`: makes this machine a node of a cluster whose control plane runs elsewhere.
 *
 * The same checks as `up`; then, as kubeadm does it: find the cluster and its CA, get certificates for the kubelet and for the
 * components beside it, write their kubeconfigs, start them under a supervisor and wait until the node is Ready. Repeated, or as
 * `./run.sh up` in the same home, it goes on where it was.
 * https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/
 */
import { existsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join as joinPath } from 'node:path';
import { nodeResource } from '../../../helper/api/core/node';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig, writeKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { parseToken } from '../../../helper/pki/bootstrap-token';
import type { KeyPair } from '../../../helper/pki/issuer';
import {
  agentCertificates,
  type ClientCertificate,
  kubeletCertificate,
  servingCertificate,
  servingFile,
} from '../../../helper/pki/node-certificates';
import { requestCertificate } from '../../../helper/pki/request-certificate';
import { kubeconfigPath } from '../../../helper/process/load-settings';
import { RUNTIMES } from '../../../helper/process/node-runtimes';
import type { Settings } from '../../../helper/process/settings';
import { criEndpointOf, oneOf } from '../choose-settings';
import { readClusterFile, writeJoinedFile } from '../cluster-file';
import { fetchSharedSettings } from '../join/cluster-config';
import { type Discovery, discoverAuthority } from '../join/discover';
import { identityEnd, keepBootstrap, readBootstrap } from '../join/ended-identity';
import { localAddressTowards } from '../join/local-address';
import { makeFolders, needsOf, prepareImages, preparePackages, prepareRuntime, requirePorts } from '../prepare-machine';
import { UserError } from '../run-command';
import type { Steps } from '../steps';
import { findCrashLoop } from '../supervisor/crash-loop';
import { planLaunch, writePlan } from '../supervisor/launch-plan';
import { launchSupervisor, runningProcesses } from '../supervisor/start';
import { waitUntil } from '../wait-until';

const READY_TIMEOUT_MS = 60_000;

export interface JoinFlags {
  readonly server: string;
  readonly token: string;
  readonly discoveryTokenCaCertHash?: readonly string[];
  readonly nodeName?: string;
  readonly nodeIp?: string;
  /** when another than the cluster's others have */
  readonly kubeletPort?: number;
  readonly runtime?: string;
  readonly criEndpoint?: string;
  readonly install: boolean;
}

/** A socket that speaks CRI says enough. */
function runtimeOf({ runtime, criEndpoint }: JoinFlags): Settings['runtime'] {
  return oneOf('--runtime', runtime ?? (criEndpoint ? 'containerd' : 'docker'), RUNTIMES);
}

function discoveryOf({ server, token: text, discoveryTokenCaCertHash: caHashes = [] }: JoinFlags): Discovery {
  const token = parseToken(text);
  if (!token) {
    throw new UserError(
      '--token: expected six characters, a dot, sixteen characters, of a-z and 0-9',
      "Copy it from './run.sh token create' on the control plane's machine.",
    );
  }
  const wrong = caHashes.find((hash) => !/^sha256:[0-9a-f]{64}$/.test(hash));
  if (wrong !== undefined) {
    throw new UserError(`--discovery-token-ca-cert-hash ${wrong}: expected sha256: and 64 hexadecimal digits`, '');
  }
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new UserError(`--server ${JSON.stringify(server)}: expected a URL such as https://192.0.2.10:6443`, '');
  }
  if (url.protocol !== 'https:') throw new UserError(`--server ${server}: expected https`, '');
  return { server: server.replace(/\/+$/, ''), token, caHashes };
}

function defaultNodeName(): string {
  return hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-');
}

/** Refuses a home that has another cluster, and a name some other machine goes by. */
async function refuseOthers(settings: Settings, client: ApiClient): Promise<void> {
  const node = await client.get(nodeResource, '', settings.nodeName).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True') return;
  throw new UserError(
    `the cluster has a node ${settings.nodeName} already, and it is Ready`,
    'Choose another name with --node-name, or delete that node first.',
  );
}

async function makeIdentities(settings: Settings, ca: string, token: string): Promise<void> {
  const { home, apiServerUrl: server } = settings;
  const client = createClient({ server, ca, token }, { userAgent: 'run.sh join' });
  const write = ({ component, subject }: ClientCertificate, pair: KeyPair) =>
    writeKubeconfig(
      kubeconfigPath(home, component),
      { server, ca, ...pair },
      { cluster: 'minik8s', user: subject.commonName },
    );
  try {
    await refuseOthers(settings, client);
    const wanted = [kubeletCertificate(settings), ...agentCertificates(settings)];
    const pairs = await Promise.all(wanted.map((certificate) => requestCertificate(client, certificate)));
    const [kubelet, ...agents] = wanted.flatMap((certificate, index) => {
      const pair = pairs[index];
      return pair ? [{ certificate, pair }] : [];
    });
    if (!kubelet) return;
    for (const { certificate, pair } of agents) write(certificate, pair);
    await makeServingCertificate({ server, ca, ...kubelet.pair }, settings);
    // Last: a home with the kubelet's kubeconfig has everything.
    write(kubelet.certificate, kubelet.pair);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(error.message, "On the control plane's machine: kubectl get csr.");
  } finally {
    client.close();
  }
}

async function makeServingCertificate(
  identity: { server: string; ca: string; certificate: string; key: string },
  settings: Settings,
): Promise<void> {
  const client = createClient(identity, { userAgent: 'run.sh join' });
  try {
    const { certificate, key } = await requestCertificate(client, servingCertificate(settings));
    writeFileSync(joinPath(settings.home, 'pki', 'ca.crt'), identity.ca);
    writeFileSync(servingFile(settings.home), certificate + key, { mode: 0o600 });
  } finally {
    client.close();
  }
}

function waitNodeReady(settings: Settings): Promise<string> {
  const client = createClient(loadKubeconfig(kubeconfigPath(settings.home, 'kubelet')), { userAgent: 'run.sh join' });
  return waitUntil(
    async () => {
      const { status } = await client.get(nodeResource, '', settings.nodeName);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True') throw new Error(ready?.message ?? 'it has no condition Ready');
      return `${settings.nodeName} (${settings.nodeIp}) is Ready`;
    },
    {
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: 50,
      what: `node ${settings.nodeName} is Ready`,
      advice: "Read './run.sh logs kubelet' and './run.sh doctor'.",
      isHopeless: () => findCrashLoop(settings.home),
    },
  ).finally(() => client.close());
}

/** The token of its join lets a machine in again whose certificates ended; where it does not, the user has to bring another. */
async function renewEnded(settings: Settings, steps: Steps): Promise<void> {
  const { home, nodeName, apiServerUrl } = settings;
  const ended = identityEnd(home);
  if (!ended) return;
  const { ca, token } = readBootstrap(home) ?? {};
  try {
    if (!ca || !token) throw new Error('there is no token');
    await steps.run('identity', async () => {
      await makeIdentities(settings, ca, token);
      return `certificates ended on ${ended.toISOString()}; new ones for ${nodeName}`;
    });
  } catch (error) {
    throw new UserError(
      `the certificates of ${nodeName} ended on ${ended.toISOString()}, and new ones could not be had: ${(error as Error).message}`,
      `Join again. On the control plane's machine: ./run.sh token create. Here: ./run.sh join --server ${apiServerUrl} --token …`,
    );
  }
}

/** Starts what a joined machine runs, or finds it running; returns when the node is Ready. */
export async function startJoined(settings: Settings, mayInstall: boolean, steps: Steps): Promise<void> {
  await renewEnded(settings, steps);
  await preparePackages(needsOf(settings, false), mayInstall, steps);
  await prepareRuntime(settings, steps);
  if (settings.runtime !== 'simulated') await steps.run('images', () => prepareImages(settings, mayInstall));
  if (await runningProcesses(settings.home)) {
    steps.say("  components are running already; see './run.sh ps'");
  } else {
    await steps.run('components', async () => {
      const stages = planLaunch(settings, { allInOne: false, ownEtcd: false, workerOnly: true });
      const pidFiles = stages.flat().map((spec) => spec.pidFile);
      await requirePorts(settings, 'worker', pidFiles);
      writePlan(settings.home, stages);
      await launchSupervisor(settings);
      return stages
        .flat()
        .map((spec) => spec.name)
        .join(' ');
    });
  }
  await steps.run('node', () => waitNodeReady(settings));
}

/** Not any more when its certificates ended, because it was off for too long: a token lets it in again. */
function isJoined({ home }: Settings): boolean {
  const hasIdentity = existsSync(kubeconfigPath(home, 'kubelet')) && readClusterFile(home)?.role === 'worker';
  return hasIdentity && identityEnd(home) === undefined;
}

function requireFreeHome({ home, apiServerUrl }: Settings, server: string): void {
  const existing = readClusterFile(home);
  if (!existing || (existing.role === 'worker' && apiServerUrl === server)) return;
  const what = existing.role === 'worker' ? 'a machine that joined a cluster' : "a cluster's control plane";
  throw new UserError(
    `${home} is ${what} already; it cannot join ${server}`,
    "Remove it with './run.sh down --purge', or choose another MINIK8S_HOME. './run.sh up' starts what is there.",
  );
}

export async function join(base: Settings, flags: JoinFlags, steps: Steps): Promise<void> {
  const discovery = discoveryOf(flags);
  const { server } = discovery;
  if (isJoined(base) && base.apiServerUrl === server) return startJoined(base, flags.install, steps);
  requireFreeHome(base, server);
  let settings: Settings = {
    ...base,
    apiServerUrl: server,
    runtime: runtimeOf(flags),
    ...(flags.criEndpoint ? { criEndpoint: criEndpointOf(flags.criEndpoint) } : {}),
    nodeName: flags.nodeName ?? defaultNodeName(),
  };
  makeFolders(settings);
  let ca = '';
  await steps.run('discovery', async () => {
    ca = await discoverAuthority(discovery);
    const client = createClient({ server, ca, token: flags.token }, { userAgent: 'run.sh join' });
    try {
      const shared = await fetchSharedSettings(client);
      settings = {
        ...settings,
        ...shared,
        kubeletPort: flags.kubeletPort ?? shared.kubeletPort,
        nodeIp: flags.nodeIp ?? (await localAddressTowards(server)),
      };
    } finally {
      client.close();
    }
    return `${server} is the cluster of this token${discovery.caHashes.length > 0 ? ' and of this CA' : ''}`;
  });
  await steps.run('identity', async () => {
    await makeIdentities(settings, ca, flags.token);
    keepBootstrap(settings.home, { server, ca, token: flags.token });
    writeJoinedFile(settings);
    return `certificates for ${settings.nodeName} at ${settings.nodeIp}`;
  });
  await startJoined(settings, flags.install, steps);
  steps.say(
    `\n${settings.nodeName} is part of the cluster at ${server} after ${steps.elapsedSeconds().toFixed(1)} s.\nHere: ./run.sh ps | logs NAME | stop NAME | down. There: kubectl get nodes -o wide`,
  );
}
