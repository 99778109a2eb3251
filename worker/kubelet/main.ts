/**
 * Component `kubelet`: the agent of a node. Makes the real runtime, network and client and starts `kubelet.ts` with them.
 */

import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import type { Component } from '../../helper/process/component';
import { createRuntime, removeRuntime } from '../runtime/create-runtime';
import { removeDirectory } from '../volumes/mounts';
import { keepCertificates } from './certificates/certificate-keeper';
import { removePodCgroups } from './cgroups/pod-cgroups';
import { podsDirectoryOf, startKubelet } from './kubelet';
import { DelegatedAccess } from './server/kubelet-access';
import { startKubeletServer } from './server/kubelet-server';

export const component: Component = {
  name: 'kubelet',
  summary: 'runs the pods of this node',
  async start({ settings, log, addReadyCheck }) {
    const client = followKubeconfig(settings.kubeconfig, { userAgent: 'kubelet' }, log);
    const { runtime, network } = await createRuntime(settings, log);
    const kubelet = await startKubelet({ settings, client, runtime, network, log });
    const { home, nodeName, kubeletPort: port } = settings;
    const access = new DelegatedAccess(client, nodeName);
    const server = await startKubeletServer({ home, nodeName, port, access, runtime, pods: kubelet.pods, log });
    const certificates = settings.rotateCertificates ? keepCertificates(settings, client, log) : undefined;
    addReadyCheck('node', () => kubelet.notReadyReason());
    return {
      async stop() {
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
