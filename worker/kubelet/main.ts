/**
 * Component `kubelet`: the agent of a node. Makes the real runtime, network and client and starts `kubelet.ts` with them.
 */

import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import type { Component, Logger } from '../../helper/process/component';
import { createRuntime, removeRuntime } from '../runtime/create-runtime';
import { removeDirectory } from '../volumes/mounts';
import { keepCertificates } from './certificates/certificate-keeper';
import { removePodCgroups } from './cgroups/pod-cgroups';
import { type Kubelet, podsDirectoryOf, startKubelet } from './kubelet';
import { DelegatedAccess } from './server/kubelet-access';
import { startKubeletServer } from './server/kubelet-server';
import { watchLogind } from './shutdown/logind';

export const component: Component = {
  name: 'kubelet',
  summary: 'runs the pods of this node',
  async start({ settings, log, addReadyCheck }) {
    const shutdowns = watchShutdowns(log);
    const client = followKubeconfig(settings.kubeconfig, { userAgent: 'kubelet' }, log);
    const { runtime, network } = await createRuntime(settings, log);
    const kubelet = await startKubelet({ settings, client, runtime, network, log });
    const { home, nodeName, kubeletPort: port } = settings;
    const access = new DelegatedAccess(client, nodeName);
    const server = await startKubeletServer({
      ...{ home, nodeName, port, access, runtime, log },
      pods: kubelet.pods,
      names: settings,
    });
    const certificates = settings.rotateCertificates ? keepCertificates(settings, client, log) : undefined;
    addReadyCheck('node', () => kubelet.notReadyReason());
    shutdowns.begin(kubelet);
    return {
      async stop() {
        shutdowns.stop();
        await certificates?.stop();
        await server.stop();
        await kubelet.stop();
        await runtime.close();
        client.close();
      },
    };
  },
  async cleanup({ settings, log }) {
    await removeRuntime(settings, log);
    await removePodCgroups();
    // Volumes may be mounts (tmpfs), which a plain removal of the home would trip over.
    await removeDirectory(podsDirectoryOf(settings.home));
  },
};

/**
 * SIGPWR is what an init sends when the power fails, and the way to ask on machines without a login manager. It is heard from the
 * beginning, since it ends a process that does not know it, and obeyed as soon as there is a kubelet.
 */
function watchShutdowns(log: Logger) {
  let shutdown: Kubelet['shutdown'] | undefined;
  let isWanted = false;
  let stopWatching = (): void => undefined;
  const onPowerFailure = () => {
    isWanted = true;
    void shutdown?.begin();
  };
  process.on('SIGPWR', onPowerFailure);
  return {
    begin(kubelet: Kubelet): void {
      const node = kubelet.shutdown;
      shutdown = node;
      const seconds = node.periods.reduce((sum, period) => sum + period.seconds, 0);
      if (isWanted) void node.begin();
      if (seconds === 0) return;
      stopWatching = watchLogind({ seconds, begin: () => node.begin(), callOff: () => node.callOff(), log });
    },
    stop(): void {
      process.off('SIGPWR', onPowerFailure);
      stopWatching();
    },
  };
}
