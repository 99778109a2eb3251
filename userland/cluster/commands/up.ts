/**
 * `./run.sh up`: from a bare machine to a cluster whose node is Ready; `./run.sh` alone also deploys the quick-start
 * application into an empty cluster and proves that its Service answers.
 *
 * Every step may be repeated: what is there already is left as it is.
 */
import { mkdirSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { nodeResource } from '../../../helper/api/core/node';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import type { Settings } from '../../../helper/process/settings';
import { writeClusterFile } from '../cluster-file';
import { ensureDnsService } from '../dns-service';
import { ensureDocker } from '../docker-daemon';
import { DOCKER_NEEDS, ETCD_NEEDS, installMissing, missingNeeds, type Need } from '../host-packages';
import { adminClient } from '../open-cluster';
import { requireFreePorts } from '../ports';
import { deploy, isDeployed, isEmpty, waitAvailable, waitServiceAnswers } from '../quick-start';
import { UserError } from '../run-command';
import type { Steps } from '../steps';
import { planLaunch, writePlan } from '../supervisor/launch-plan';
import type { ProcessReport } from '../supervisor/protocol';
import { launchSupervisor, runningProcesses } from '../supervisor/start';
import { waitUntil } from '../wait-until';

export interface UpOptions {
  readonly allInOne: boolean;
  readonly ownEtcd: boolean;
  readonly mayInstall: boolean;
  readonly dryRun: boolean;
  readonly quickStart: boolean;
  /** said once before the steps, e.g. that no real containers can be had here */
  readonly notices: readonly string[];
}

const READY_TIMEOUT_MS = 60_000;
const PRIVATE = 0o700;
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';

function makeFolders(settings: Settings): void {
  for (const folder of ['', 'log', 'run', 'pki', 'store', 'kubeconfig']) {
    mkdirSync(join(settings.home, folder), { recursive: true, mode: PRIVATE });
  }
}

function needsOf(settings: Settings, options: UpOptions): readonly Need[] {
  return [...(settings.runtime === 'docker' ? DOCKER_NEEDS : []), ...(options.ownEtcd ? ETCD_NEEDS : [])];
}

async function preparePackages(settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  const needs = needsOf(settings, options);
  if (needs.length === 0) return;
  await steps.run('packages', async () => {
    const installed = await installMissing(needs, options.mayInstall, (text) => steps.say(text));
    return installed.length > 0
      ? `installed ${installed.join(', ')}`
      : `${needs.map((need) => need.program).join(', ')} are there`;
  });
}

async function prepareDocker(settings: Settings, steps: Steps): Promise<void> {
  if (settings.runtime !== 'docker') return;
  await steps.run('docker', async () => {
    const { version, started } = await ensureDocker(settings.dockerSocket, settings.home);
    return `${version}${started ? `, started (log: ${join(settings.home, 'log', 'dockerd.log')})` : ' is running'}`;
  });
}

async function startComponents(settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  const running = await runningProcesses(settings.home);
  if (running) {
    const alive = running.filter((process) => process.state === 'running').length;
    steps.say(`  components are running already (${alive} of ${running.length}); see './run.sh ps'`);
    return;
  }
  await steps.run('identity', async () => {
    const { ensurePki } = await import('../../../helper/pki/ensure-pki');
    await ensurePki(settings);
    writeClusterFile(settings, options);
    return join(settings.home, 'pki');
  });
  await steps.run('components', async () => {
    const stages = planLaunch(settings, options);
    await requirePorts(
      settings,
      stages.flat().map((spec) => spec.pidFile),
    );
    writePlan(settings.home, stages);
    await launchSupervisor(settings);
    return stages.map((stage) => stage.map((spec) => spec.name).join(' ')).join(' | ');
  });
}

/** Ports must be free, unless the components that hold them survived their supervisor and will be adopted. */
async function requirePorts(settings: Settings, pidFiles: readonly string[]): Promise<void> {
  const { readPidFile } = await import('../supervisor/process-identity');
  if (pidFiles.some((file) => readPidFile(file) !== undefined)) return;
  await requireFreePorts([
    { port: settings.portBase, address: settings.bindAddress, component: 'the api-server' },
    { port: settings.kubeletPort, address: '0.0.0.0', component: 'the kubelet' },
  ]);
}

async function prepareImages(settings: Settings, options: UpOptions): Promise<string> {
  if (settings.runtime !== 'docker') return '';
  const { buildImages } = await import('../images/build-images');
  const images = await buildImages({
    dockerSocket: settings.dockerSocket,
    log: () => {},
    only: ['pause', 'base'],
    pull: false,
    install: options.mayInstall,
  });
  return images.map(({ tag, how }) => `${tag} ${how}`).join(', ');
}

function waitApiReady(settings: Settings, client: ApiClient): Promise<string> {
  return waitUntil(
    async () => (String(await client.raw('GET', '/readyz')).startsWith('ok') ? settings.apiServerUrl : undefined),
    {
      timeoutMs: READY_TIMEOUT_MS,
      what: `${settings.apiServerUrl}/readyz answers ok`,
      advice: "Read './run.sh logs api-server' and './run.sh ps'.",
    },
  );
}

function waitNodeReady(settings: Settings, client: ApiClient): Promise<string> {
  return waitUntil(
    async () => {
      const node = await client.get(nodeResource, '', settings.nodeName).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready');
      if (ready && ready.status !== 'True') throw new Error(ready.message ?? ready.reason);
      return ready ? `${settings.nodeName} is Ready` : undefined;
    },
    {
      timeoutMs: READY_TIMEOUT_MS,
      what: `node ${settings.nodeName} is Ready`,
      advice: "Read './run.sh logs kubelet', './run.sh logs node-controller' and './run.sh doctor'.",
    },
  );
}

/** Says in the Node's labels that the control plane is here: a node may not say so itself. */
async function markControlPlane({ nodeName }: Settings, client: ApiClient): Promise<void> {
  const node = await client.get(nodeResource, '', nodeName);
  if (node.metadata.labels?.[CONTROL_PLANE_LABEL] !== undefined) return;
  await client.patch(nodeResource, '', nodeName, 'merge', { metadata: { labels: { [CONTROL_PLANE_LABEL]: '' } } });
}

/** Deploys into an empty cluster and waits for its answer; on a cluster in use it only says so. Returns the Service's URL. */
async function quickStart(settings: Settings, client: ApiClient, steps: Steps): Promise<string | undefined> {
  if (await isEmpty(client)) {
    await steps.run('application', async () => {
      await deploy(client, settings.projectRoot);
      return `yaml_default/quick-start.yaml: ${await waitAvailable(client)}`;
    });
  } else if (!(await isDeployed(client))) {
    steps.say('  the cluster is in use already; the quick-start application is not deployed');
    return undefined;
  }
  if (settings.runtime !== 'docker') {
    steps.say('  simulated pods serve no traffic, so the Service cannot be asked');
    return undefined;
  }
  let url = '';
  await steps.run('answer', async () => {
    await waitAvailable(client);
    const result = await waitServiceAnswers(client, settings.bridgeName);
    url = result.url;
    return `${url} says "${result.answer}"`;
  });
  return url;
}

function summary(settings: Settings, url: string | undefined, seconds: number): string {
  const kubeconfig = join(settings.home, 'admin.kubeconfig');
  return [
    '',
    `minik8s is up after ${seconds.toFixed(1)} s (${hostname()}, ${cpus().length} cores)`,
    `  API server   ${settings.apiServerUrl}`,
    ...(url ? [`  Application  ${url}   (Service default/hello, two pods)`] : []),
    `  kubeconfig   ${kubeconfig}`,
    `  logs         ${join(settings.home, 'log')}`,
    '',
    'Try:',
    `  export KUBECONFIG=${kubeconfig}; kubectl get pods -A -o wide`,
    url ? `  for i in 1 2 3 4; do curl -s ${url}; done` : '  ./run.sh kubectl get nodes',
    '  ./run.sh kubectl          (a prompt: show pods, start -f FILE, help)',
    '',
  ].join('\n');
}

function printDryRun(settings: Settings, options: UpOptions, steps: Steps): void {
  const missing = missingNeeds(needsOf(settings, options));
  const stages = planLaunch(settings, options);
  steps.say(
    `would use     home ${settings.home}, store ${settings.store}, runtime ${settings.runtime}, node ${settings.nodeName} (${settings.nodeIp})`,
  );
  steps.say(`would install ${missing.length > 0 ? missing.map((need) => need.package).join(', ') : 'nothing'}`);
  steps.say(
    `would listen  ${settings.bindAddress}:${settings.portBase} (api-server), 0.0.0.0:${settings.kubeletPort} (kubelet)`,
  );
  steps.say(
    `would route   pods ${settings.podCidr}, services ${settings.serviceCidrs[0]} to bridge ${settings.bridgeName}`,
  );
  for (const spec of stages.flat()) steps.say(`would start   ${spec.name}: ${spec.command} ${spec.args.join(' ')}`);
}

export async function up(settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  for (const notice of options.notices) steps.say(notice);
  if (options.dryRun) return printDryRun(settings, options, steps);
  makeFolders(settings);
  await preparePackages(settings, options, steps);
  await prepareDocker(settings, steps);
  // The images are made while the control plane starts: neither needs the other yet.
  const images = prepareImages(settings, options);
  images.catch(() => {});
  await startComponents(settings, options, steps);
  const client = await adminClient(settings);
  try {
    await steps.run('api-server', () => waitApiReady(settings, client));
    await ensureDnsService(client, settings.serviceCidrs[0] ?? '');
    if (settings.runtime === 'docker') await steps.run('images', () => images);
    await steps.run('node', () => waitNodeReady(settings, client));
    await markControlPlane(settings, client);
    const url = options.quickStart ? await quickStart(settings, client, steps) : undefined;
    steps.say(summary(settings, url, steps.elapsedSeconds()));
  } catch (error) {
    throw await withCrashes(settings, error);
  } finally {
    client.close();
  }
}

/** A wait that ran out is often a component that keeps crashing: say so. */
async function withCrashes(settings: Settings, error: unknown): Promise<unknown> {
  const processes: readonly ProcessReport[] = (await runningProcesses(settings.home).catch(() => undefined)) ?? [];
  const crashing = processes.filter((process) => process.state === 'waiting' || process.restarts > 0);
  if (crashing.length === 0 || !(error instanceof UserError)) return error;
  const list = crashing
    .map((process) => `${process.name} (${process.restarts} restarts, log ${process.logFile})`)
    .join(', ');
  return new UserError(`${error.message}\nnot running steadily: ${list}`, error.advice);
}
