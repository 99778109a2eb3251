/**
 * What every machine of a cluster needs before components start, the control plane's and one that joins alike: folders, packages,
 * Docker or containerd, the images pods stand on.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { usesCri, usesDocker } from '../../helper/process/node-runtimes';
import type { Settings } from '../../helper/process/settings';
import { containerdSocket, ensureContainerd, hasOwnContainerd } from './containerd-daemon';
import { ensureDocker } from './docker-daemon';
import { CONTAINERD_NEEDS, DOCKER_NEEDS, ETCD_NEEDS, installMissing, type Need } from './host-packages';
import { requireFreePorts } from './ports';
import type { Steps } from './steps';
import { readPidFile } from './supervisor/process-identity';

const PRIVATE = 0o700;

export function makeFolders(settings: Settings): void {
  for (const folder of ['', 'log', 'run', 'pki', 'store', 'kubeconfig']) {
    mkdirSync(join(settings.home, folder), { recursive: true, mode: PRIVATE });
  }
}

export function needsOf(settings: Pick<Settings, 'runtime'>, ownEtcd: boolean): readonly Need[] {
  const docker = usesDocker(settings) ? DOCKER_NEEDS : [];
  const cri = usesCri(settings) ? CONTAINERD_NEEDS.filter((need) => !docker.includes(need)) : [];
  return [...docker, ...cri, ...(ownEtcd ? ETCD_NEEDS : [])];
}

export async function preparePackages(needs: readonly Need[], mayInstall: boolean, steps: Steps): Promise<void> {
  if (needs.length === 0) return;
  await steps.run('packages', async () => {
    const installed = await installMissing(needs, mayInstall, (text) => steps.say(text));
    return installed.length > 0
      ? `installed ${installed.join(', ')}`
      : `${needs.map((need) => need.program).join(', ')} are there`;
  });
}

/** What runs containers answers when this returns. */
export async function prepareRuntime(settings: Settings, steps: Steps): Promise<void> {
  if (usesDocker(settings)) {
    await steps.run('docker', async () => {
      const { version, started } = await ensureDocker(settings.dockerSocket, settings.home);
      return `${version}${started ? `, started (log: ${join(settings.home, 'log', 'dockerd.log')})` : ' is running'}`;
    });
  }
  if (usesCri(settings)) {
    await steps.run('containerd', async () => {
      const started = await ensureContainerd(settings);
      const whose = hasOwnContainerd(settings) ? '' : ', not ours';
      return `${containerdSocket(settings)}${started ? ', started' : ` answers${whose}`}`;
    });
  }
}

export async function prepareImages(settings: Settings, mayInstall: boolean): Promise<string> {
  if (settings.runtime === 'simulated') return '';
  const [{ buildImages }, { imageStoresOf }] = await Promise.all([
    import('./images/build-images'),
    import('./images/image-store'),
  ]);
  const options = { log: () => {}, only: ['pause', 'base'], pull: false, install: mayInstall };
  const stores = await imageStoresOf(settings);
  const images = await Promise.all(stores.map((store) => buildImages({ ...options, store })));
  return images.map((each) => each.map(({ tag, how }) => `${tag} ${how}`).join(', ')).join('; ');
}

/** Ports must be free, unless the components that hold them survived their supervisor and will be adopted. */
export async function requirePorts(
  settings: Settings,
  role: 'control-plane' | 'worker',
  pidFiles: readonly string[],
): Promise<void> {
  if (pidFiles.some((file) => readPidFile(file) !== undefined)) return;
  const server = { port: settings.portBase, address: settings.bindAddress, component: 'the api-server' };
  await requireFreePorts([
    ...(role === 'control-plane' ? [server] : []),
    { port: settings.kubeletPort, address: '0.0.0.0', component: 'the kubelet' },
  ]);
}
