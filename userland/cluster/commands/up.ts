/**
 * `./run.sh up`: from a bare machine to a cluster whose node is Ready; `./run.sh` alone also deploys the quick-start
 * application into an empty cluster and proves that its Service answers.
 *
 * Every step may be repeated: what is there already is left as it is.
 */
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { nodeResource } from '../../../helper/api/core/node';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { usesCri, usesDocker } from '../../../helper/process/node-runtimes';
import type { Settings } from '../../../helper/process/settings';
import { writeClusterFile } from '../cluster-file';
import { ensureDnsService } from '../dns-service';
import { missingNeeds } from '../host-packages';
import { publishCluster } from '../join/cluster-config';
import { listMachines } from '../machines/machine-record';
import { ensureFabric } from '../machines/power';
import { startMachines } from '../machines/start-machines';
import { adminClient } from '../open-cluster';
import { makeFolders, needsOf, prepareImages, preparePackages, prepareRuntime, requirePorts } from '../prepare-machine';
import { deploy, isDeployed, isEmpty, waitAvailable, waitServiceAnswers } from '../quick-start';
import { UserError } from '../run-command';
import { ensureRuntimeClass } from '../runtime-class';
import type { Steps } from '../steps';
import { findCrashLoop } from '../supervisor/crash-loop';
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
  /** this host and machines beside it */
  readonly nodes: number;
  /** said once before the steps, e.g. that no real containers can be had here */
  readonly notices: readonly string[];
}

const READY_TIMEOUT_MS = 60_000;
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';

async function startComponents(settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  const running = await runningProcesses(settings.home);
  if (running) {
    const alive = running.filter((process) => process.state === 'running').length;
    const expected = running.filter((process) => process.state !== 'idle').length;
    steps.say(`  components are running already (${alive} of ${expected}); see './run.sh ps'`);
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
    const pidFiles = stages.flat().map((spec) => spec.pidFile);
    await requirePorts(settings, 'control-plane', pidFiles);
    writePlan(settings.home, stages);
    await launchSupervisor(settings);
    return stages.map((stage) => stage.map((spec) => spec.name).join(' ')).join(' | ');
  });
}

function waitApiReady(settings: Settings, client: ApiClient): Promise<string> {
  return waitUntil(
    async () => (String(await client.raw('GET', '/readyz')).startsWith('ok') ? settings.apiServerUrl : undefined),
    {
      timeoutMs: READY_TIMEOUT_MS,
      what: `${settings.apiServerUrl}/readyz answers ok`,
      advice: "Read './run.sh logs api-server' and './run.sh ps'.",
      isHopeless: () => findCrashLoop(settings.home),
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
      isHopeless: () => findCrashLoop(settings.home),
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
  if (settings.runtime === 'simulated') {
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
  const missing = missingNeeds(needsOf(settings, options.ownEtcd));
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
  await preparePackages(needsOf(settings, options.ownEtcd), options.mayInstall, steps);
  await prepareRuntime(settings, steps);
  if (options.nodes > 1 || listMachines(settings).length > 0) await ensureFabric(settings);
  // The images are made while the control plane starts: neither needs the other yet.
  const images = prepareImages(settings, options.mayInstall);
  images.catch(() => {});
  await startComponents(settings, options, steps);
  const client = await adminClient(settings);
  try {
    await steps.run('api-server', () => waitApiReady(settings, client));
    await ensureDnsService(client, settings.serviceCidrs[0] ?? '');
    if (usesDocker(settings) && usesCri(settings)) await ensureRuntimeClass(client);
    if (settings.runtime !== 'simulated') await steps.run('images', () => images);
    await steps.run('node', () => waitNodeReady(settings, client));
    await markControlPlane(settings, client);
    await publishCluster(settings, client);
    await startMachines(settings, client, options.nodes, steps);
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
