/**
 * The overlay as a component of every node: pods of all machines in one network.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */

import { nodeResource } from '../../../helper/api/core/node';
import { followKubeconfig } from '../../../helper/client/follow-kubeconfig';
import { startInformer } from '../../../helper/client/start-informer';
import type { Component } from '../../../helper/process/component';
import { runOnHost } from '../host-command';
import { linkMtuOf } from '../link-mtu';
import { subnetFileOf } from './flanneld/subnet-file';
import { hostKernel, Overlay, removeOverlay } from './overlay';
import { networkNumber } from './plan-overlay';

const NAME = 'overlay';

export const component: Component = {
  name: NAME,
  summary: 'pods of all machines in one network',
  async start({ settings, log, addReadyCheck }) {
    if (settings.runtime === 'simulated') {
      log.info('simulated pods have no traffic; no routes are made');
      return { async stop() {} };
    }
    const { nodeName, nodeIp, podCidr: clusterCidr, portBase, overlayBackend: backend } = settings;
    const vni = networkNumber(portBase);
    const client = followKubeconfig(settings.kubeconfig, { userAgent: NAME }, log);
    const nodes = startInformer(client, nodeResource, {}, log);
    if (settings.flanneldPath !== '') {
      const { Flanneld } = await import('./flanneld/flanneld');
      const podCidr = () => nodes.get('', nodeName)?.spec?.podCIDR;
      const flanneld = new Flanneld({ settings, subnetFile: subnetFileOf(settings), podCidr, log });
      addReadyCheck('flanneld', () => flanneld.notReadyReason());
      return {
        async stop() {
          nodes.stop();
          await flanneld.stop();
          client.close();
        },
      };
    }
    const options = { nodeName, nodeIp, backend, vni, linkMtu: linkMtuOf(nodeIp) };
    const overlay = new Overlay({ client, nodes, kernel: hostKernel(vni, clusterCidr), options, log });
    addReadyCheck('routes', () => overlay.notReadyReason());
    void nodes.whenSynced().then(() => overlay.start());
    return {
      async stop() {
        nodes.stop();
        await overlay.stop();
        client.close();
      },
    };
  },
  async cleanup({ settings }) {
    if (settings.runtime === 'simulated') return;
    // flanneld's routes of host-gw carry no mark; its device is called as ours.
    if (settings.flanneldPath !== '')
      await runOnHost('ip', ['route', 'flush', 'root', settings.podCidr, 'proto', 'boot']).catch(() => '');
    await removeOverlay(hostKernel(networkNumber(settings.portBase), settings.podCidr));
  },
};
