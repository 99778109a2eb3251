/**
 * The DNS server of a node: what the API says in, sockets out.
 *
 * It listens on the address of the node's pod bridge as soon as the cluster has been listed and the bridge has an address,
 * and then tells the cluster where that is.
 */

import { setTimeout } from 'node:timers/promises';
import { configMapResource } from '../../helper/api/core/config-map';
import { namespaceResource } from '../../helper/api/core/namespace';
import { serviceResource } from '../../helper/api/core/service';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { ingressResource } from '../../helper/api/networking/ingress';
import { BackOff } from '../../helper/client/back-off';
import { followKubeconfig } from '../../helper/client/follow-kubeconfig';
import { startInformer } from '../../helper/client/start-informer';
import { clusterDnsAddress } from '../../helper/net/cluster-dns-address';
import { parseCidr } from '../../helper/net/ipv4';
import type { ComponentContext } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import { runOnHost } from '../network/host-command';
import { ClusterZone } from './cluster-zone';
import { dnsMetrics, startMetricsServer } from './dns-metrics';
import { type DnsServer, startDnsServer } from './dns-server';
import { Forwarder } from './forwarder';
import { IngressHosts } from './ingress-hosts';
import { NodeHosts } from './node-hosts';
import { METRICS_PORT, type OwnEndpoint, publishEndpoint, sliceName } from './own-endpoint';
import { Responder } from './responder';
import { UpstreamRoutes } from './upstream-routes';

const DNS_PORT = 53;
/** The port where another program holds 53 on all addresses: the Service hides which one it is. */
const portsToTry = ({ portBase }: Settings) => [DNS_PORT, portBase + DNS_PORT];
const BRIDGE_POLL_MS = 250;
/** Events that follow each other so closely come together; the first after a quiet time comes at once. */
const BATCHED = { batchMilliseconds: 5 };
const RETRY_MS = { firstMs: 100, longestMs: 5000 };

/**
 * Where pods of this node can reach a process: the bridge's address, undefined while it has none. Simulated pods reach
 * nothing: loopback then, to try it. (Node's own list leaves out a bridge that no pod is plugged into.)
 */
async function listenAddress({ runtime, bridgeName }: Settings): Promise<string | undefined> {
  if (runtime === 'simulated') return '127.0.0.1';
  const text = await runOnHost('ip', ['-4', '-o', 'addr', 'show', 'dev', bridgeName]).catch(() => '');
  return / inet ([\d.]+)\//.exec(text)?.[1];
}

export class ClusterDns {
  private readonly client;
  private readonly services;
  private readonly slices;
  private readonly namespaces;
  private readonly config;
  private readonly ingresses;
  private readonly hosts: IngressHosts;
  private readonly cluster: ClusterZone;
  private readonly responder: Responder;
  private readonly metrics = dnsMetrics();
  private readonly stopped = new AbortController();
  private servers: { stop(): Promise<void> }[] = [];
  private endpoint: OwnEndpoint | undefined;
  private problem: string | undefined = 'the cluster has not been listed yet';

  constructor(private readonly context: ComponentContext) {
    const { settings, log } = context;
    this.client = followKubeconfig(settings.kubeconfig, { userAgent: 'cluster-dns' }, log);
    this.services = startInformer(this.client, serviceResource, BATCHED, log);
    this.slices = startInformer(this.client, endpointSliceResource, BATCHED, log);
    this.namespaces = startInformer(this.client, namespaceResource, {}, log);
    const kubeDns = { namespace: 'kube-system', fieldSelector: 'metadata.name=kube-dns' };
    this.config = startInformer(this.client, configMapResource, kubeDns, log);
    this.ingresses = startInformer(this.client, ingressResource, {}, log);
    this.hosts = new IngressHosts(settings.clusterDomain);
    const sources = { services: this.services, slices: this.slices, namespaces: this.namespaces };
    this.cluster = new ClusterZone(sources, settings.clusterDomain, () => this.responder.zoneChanged());
    this.responder = this.createResponder();
    this.followIngresses();
    this.slices.addHandler({
      // Somebody deleted where we are: say it again.
      onChange: (before, after) => {
        if (!after && before?.metadata.name === sliceName(settings.nodeName)) void this.publish();
      },
    });
  }

  notReadyReason(): string | undefined {
    return this.problem;
  }

  /** Their hosts are names in pods and on this node; simulated pods have no addresses worth a name. */
  private followIngresses(): void {
    const { settings, log } = this.context;
    const nodeHosts = settings.runtime === 'simulated' ? undefined : new NodeHosts(settings.home, log);
    this.ingresses.addHandler({
      onChange: (before, after) => {
        if (!this.hosts.change(before, after)) return;
        this.responder.zoneChanged();
        // Half a list would take names out that the rest brings back.
        if (this.ingresses.hasSynced) nodeHosts?.write(this.hosts.list());
      },
    });
    void this.ingresses.whenSynced().then(() => nodeHosts?.write(this.hosts.list()));
  }

  private createResponder(): Responder {
    const { settings, log } = this.context;
    const serverAddress = clusterDnsAddress(settings.serviceCidrs[0] ?? '');
    const routes = new UpstreamRoutes('/etc/resolv.conf', new Set([serverAddress]), log, () => forwarder.clear());
    const forwarder = new Forwarder({
      routes: () => routes.current(),
      onFailure: (error) => {
        this.metrics.forwardFailure();
        log.debug({ error: error.message }, 'an upstream server did not answer');
      },
    });
    this.config.addHandler({ onChange: (_, after) => routes.setConfig(after) });
    const names = {
      zone: this.cluster.zone,
      hosts: this.hosts,
      domain: settings.clusterDomain,
      serverAddress,
      ranges: [settings.podCidr, settings.serviceCidrs[0] ?? ''].map(parseCidr),
      hasNamespace: (name: string) => this.cluster.hasNamespace(name),
    };
    return new Responder(names, forwarder);
  }

  /** Answers from half the state would say of existing names that they do not exist: nothing is answered before the lists are in. */
  async run(): Promise<void> {
    await this.cluster.whenSynced();
    this.problem = `bridge ${this.context.settings.bridgeName} has no address yet`;
    const address = await this.whenAddressed();
    if (address === undefined) return;
    const port = await this.whenListening(address);
    if (port === undefined) return;
    if (this.context.settings.runtime !== 'simulated') await this.serveMetrics(address);
    this.context.log.info({ address, port, services: this.cluster.zone.size }, 'answering');
    this.problem = undefined;
    this.endpoint = { nodeName: this.context.settings.nodeName, address, port };
    await this.publish();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    for (const informer of [this.services, this.slices, this.namespaces, this.config, this.ingresses]) informer.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
    this.client.close();
  }

  /** The kubelet makes the bridge once the node has its pod range. Undefined: stopped meanwhile. */
  private async whenAddressed(): Promise<string | undefined> {
    while (!this.stopped.signal.aborted) {
      const address = await listenAddress(this.context.settings);
      if (address !== undefined) return address;
      await this.pause(BRIDGE_POLL_MS);
    }
    return undefined;
  }

  /** Undefined: stopped meanwhile. A port that is taken may be free later: tried until then. */
  private async whenListening(address: string): Promise<number | undefined> {
    const backOff = new BackOff(RETRY_MS);
    while (!this.stopped.signal.aborted) {
      try {
        return await this.listen(address);
      } catch (error) {
        this.problem = (error as Error).message;
        this.context.log.warn({ error: this.problem }, 'cannot listen; trying again');
        await this.pause(backOff.next());
      }
    }
    return undefined;
  }

  private async listen(address: string): Promise<number> {
    const { settings, log } = this.context;
    let failure: unknown;
    for (const port of portsToTry(settings)) {
      try {
        const server: DnsServer = await startDnsServer({
          address,
          port,
          responder: this.responder,
          counts: this.metrics,
          log,
        });
        this.servers.push(server);
        return port;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private async serveMetrics(address: string): Promise<void> {
    try {
      const server = await startMetricsServer(address, METRICS_PORT);
      this.servers.push({ stop: () => new Promise((resolve) => server.close(() => resolve())) });
    } catch (error) {
      this.context.log.warn({ error: (error as Error).message }, 'metrics are readable at the health socket only');
    }
  }

  private async publish(): Promise<void> {
    const { settings, log } = this.context;
    if (!this.endpoint || settings.runtime === 'simulated') return;
    const backOff = new BackOff(RETRY_MS);
    while (!this.stopped.signal.aborted) {
      try {
        return await publishEndpoint(this.client, this.endpoint);
      } catch (error) {
        log.info({ error: (error as Error).message }, 'the endpoint could not be published yet; trying again');
        await this.pause(backOff.next());
      }
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    await setTimeout(milliseconds, undefined, { signal: this.stopped.signal }).catch(() => {});
  }
}
