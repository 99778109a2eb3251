/**
 * Cluster DNS as a component: the names of Services and pods, for the pods of this node.
 *
 * A process on every node, on the address of the node's pod bridge: pods reach it through the Service kube-dns, whose
 * `internalTrafficPolicy: Local` leads each to the server of its own node, so names work on a node that is cut off.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
import type { Component } from '../../helper/process/component';
import { ClusterDns } from './cluster-dns';
import { NodeHosts } from './node-hosts';

export const component: Component = {
  name: 'cluster-dns',
  summary: 'names of Services and pods',
  async start(context) {
    const dns = new ClusterDns(context);
    context.addReadyCheck('dns', () => dns.notReadyReason());
    void dns.run();
    return dns;
  },
  async cleanup({ settings, log }) {
    if (settings.runtime !== 'simulated') new NodeHosts(settings.home, log).write([]);
  },
};
