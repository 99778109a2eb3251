/**
 * The runtimes set up for their contract (worker/runtime/runtime.contract.test.ts): a Docker daemon that runs with a bridge of the
 * test's own, a containerd started for it alone the way `./run.sh up --runtime containerd` does, and the simulated one.
 *
 * Each bench has names, addresses and folders of its own, so that it runs beside a cluster, and takes all of it back when closed. It lives
 * here because it needs the cluster's start (userland) as well as the runtimes (worker): only tests may know both.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { withDefaults } from '../../helper/process/default-settings';
import { ensureContainerd, stopOwnContainerd } from '../../userland/cluster/containerd-daemon';
import { findProgram } from '../../userland/cluster/host-packages';
import { buildImages } from '../../userland/cluster/images/build-images';
import { imageStoresOf } from '../../userland/cluster/images/image-store';
import { makeFolders } from '../../userland/cluster/prepare-machine';
import { createBridgeNetwork } from '../../worker/network/bridge-network';
import { renderCniConfig, writeCniConfig } from '../../worker/network/cni-config';
import { createSimulatedNetwork } from '../../worker/network/simulated-network';
import { protoFileOf } from '../../worker/runtime/cri/cri-client';
import { createCriRuntime } from '../../worker/runtime/cri/cri-runtime';
import { createDockerRuntime } from '../../worker/runtime/docker-runtime';
import type { Runtime } from '../../worker/runtime/runtime';
import { createSimulatedRuntime } from '../../worker/runtime/simulated-runtime';

const SOCKET = process.env['MINIK8S_DOCKER_SOCKET'] ?? '/var/run/docker.sock';
/** The image the containers of the tests are made of: a shell, and tools of busybox. */
export const IMAGE = 'minik8s/base:1';
const PAUSE = 'minik8s/pause:1';
const log = pino({ level: 'silent' });

/** A runtime that is set up to be tested, and the way to be rid of it. */
export interface RuntimeBench {
  readonly runtime: Runtime;
  /** a second kubelet on the same containers */
  reopen(): Promise<Runtime>;
  close(): Promise<void>;
}

function ask(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const outgoing = request({ socketPath: SOCKET, path, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.end();
  });
}

/** Why the Docker half cannot run here; undefined when it can. */
async function whyNoDocker(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root: interfaces cannot be made';
  if ((await ask('/_ping')) !== 200) return `no Docker daemon answers on ${SOCKET}`;
  for (const image of [IMAGE, PAUSE]) {
    if ((await ask(`/images/${image}/json`)) !== 200) return `image ${image} is missing (./run.sh images build)`;
  }
  return undefined;
}

async function openDocker(): Promise<RuntimeBench> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'minik8s-runtime-'));
  const id = process.pid.toString(36);
  const network = await createBridgeNetwork({
    bridgeName: `m8t${id}`,
    stateDirectory,
    clusterCidr: '10.213.0.0/16',
    serviceCidr: '10.80.0.0/16',
    mtu: 1450,
    chainPrefix: `M8T${id}`,
    log,
  });
  await network.setPodCidr('10.213.7.0/24');
  const options = {
    socketPath: SOCKET,
    clusterId: `contract-${id}`,
    nodeName: 'n1',
    network,
    pauseImage: PAUSE,
    log,
  };
  const opened: Runtime[] = [];
  const reopen = async () => {
    const runtime = await createDockerRuntime(options);
    opened.push(runtime);
    return runtime;
  };
  const runtime = await reopen();
  return {
    runtime,
    reopen,
    async close() {
      for (const sandbox of await runtime.listSandboxes()) await runtime.removeSandbox(sandbox.id);
      for (const one of opened) await one.close();
      await network.teardown();
      rmSync(stateDirectory, { recursive: true });
    },
  };
}

/** Why the containerd half cannot run here; undefined when it can. */
async function whyNoContainerd(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root: interfaces cannot be made';
  const missing = ['containerd', 'ctr', 'runc', 'host-local', 'catatonit', 'busybox'].filter(
    (name) => !findProgram(name),
  );
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

/** A containerd of its own, with images and a network of its own. */
async function openContainerd(): Promise<RuntimeBench> {
  const home = mkdtempSync(join(tmpdir(), 'minik8s-cri-'));
  const settings = withDefaults({ home, runtime: 'containerd' });
  const id = process.pid.toString(36);
  const bridgeName = `m8c${id}`;
  makeFolders(settings);
  const network = await createBridgeNetwork({
    bridgeName,
    stateDirectory: join(home, 'network'),
    clusterCidr: '10.214.0.0/16',
    serviceCidr: '10.82.0.0/16',
    mtu: 1450,
    chainPrefix: `M8C${id}`,
    log,
  });
  const podCidr = '10.214.7.0/24';
  await network.setPodCidr(podCidr);
  const dataDirectory = join(home, 'network', 'cni');
  writeCniConfig(join(home, 'containerd', 'cni'), renderCniConfig({ bridgeName, podCidr, mtu: 1450, dataDirectory }));
  await ensureContainerd(settings);
  const [store] = await imageStoresOf(settings);
  if (!store) throw new Error('containerd has a store');
  await buildImages({ store, log: () => {}, only: ['pause', 'base'], install: false });
  const { criEndpoint: endpoint, projectRoot } = settings;
  const options = { endpoint, protoFile: protoFileOf(projectRoot), clusterId: `contract-${id}`, nodeName: 'n1' };
  const opened: Runtime[] = [];
  const reopen = async () => {
    const runtime = await createCriRuntime({ ...options, network, logRoot: join(home, 'log', 'pods'), log });
    opened.push(runtime);
    return runtime;
  };
  const runtime = await reopen();
  return {
    runtime,
    reopen,
    async close() {
      for (const sandbox of await runtime.listSandboxes()) await runtime.removeSandbox(sandbox.id);
      for (const one of opened) await one.close();
      await network.teardown();
      await stopOwnContainerd(home);
      rmSync(home, { recursive: true });
      expect(existsSync(home)).toBe(false);
    },
  };
}

async function openSimulated(): Promise<RuntimeBench> {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-simulated-'));
  const stateFile = join(directory, 'state.json');
  const opened: Runtime[] = [];
  const reopen = async () => {
    await opened.at(-1)?.close();
    const network = createSimulatedNetwork();
    await network.setPodCidr('10.213.8.0/24');
    const runtime = createSimulatedRuntime({ network, stateFile });
    opened.push(runtime);
    return runtime;
  };
  return {
    runtime: await reopen(),
    reopen,
    async close() {
      await opened.at(-1)?.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Every runtime: its name, how it is opened, and why it cannot be here (undefined when it can). */
export const runtimeBenches: readonly (readonly [
  name: string,
  open: () => Promise<RuntimeBench>,
  whyNot: () => Promise<string | undefined>,
])[] = [
  ['createSimulatedRuntime()', openSimulated, async () => undefined],
  ['createDockerRuntime()', openDocker, whyNoDocker],
  ['createCriRuntime()', openContainerd, whyNoContainerd],
];
