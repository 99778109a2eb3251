/**
 * Keeps nginx equal to the Ingresses: whenever one of them, or anything they name, changes, the whole configuration is made again and
 * handed to every nginx pod that has another one.
 *
 * What nginx or our own checks refuse is told to the Ingress it comes from, which is then served as it was before; the others do not
 * notice. The state is all in the API and in the pods: a controller that starts again comes to the same configuration.
 * https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/
 */

import type { Pod } from '../../../helper/api/core/pod';
import type { Secret } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { objectKey } from '../../../helper/api/meta';
import { type Ingress, ingressResource } from '../../../helper/api/networking/ingress';
import type { IngressClass } from '../../../helper/api/networking/ingress-class';
import { NGINX_CONTROLLER } from '../../../helper/api/networking/nginx-class';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import { BackOff } from '../../../helper/client/back-off';
import type { ApiClient } from '../../../helper/client/client';
import type { Informer } from '../../../helper/client/informer';
import type { EventRecorder } from '../../../helper/controller/event-recorder';
import { sameJson } from '../../../helper/controller/same-json';
import type { Logger } from '../../../helper/process/component';
import { type Installation, renderInstallation } from './install-script';
import { type Cluster, type Finding, planServers } from './plan-servers';
import { PROXY_NAMESPACE, PROXY_SERVICE } from './proxy-objects';
import { type Install, proxyProblem, runningContainer } from './proxy-pods';
import { renderNginx } from './render-nginx';
import { eventsOf, statusOf } from './report-findings';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
/** Each refusal by nginx costs a try; more wrong Ingresses at once wait for the next change. */
const MAX_TRIES = 20;
/** Changes that come together make one configuration. */
const GATHER_MS = 50;
const RETRY_MS = { firstMs: 500, longestMs: 30_000 };

export interface IngressInformers {
  readonly ingresses: Informer<Ingress>;
  readonly classes: Informer<IngressClass>;
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly secrets: Informer<Secret>;
  readonly pods: Informer<Pod>;
}

export interface IngressEdges {
  readonly client: ApiClient;
  readonly informers: IngressInformers;
  readonly install: Install;
  /** makes the objects nginx runs as */
  createProxy(): Promise<void>;
  /** keeps what was accepted for pods that start later, and from which Ingresses it was made */
  keepAccepted(installation: Installation, ingresses: readonly Ingress[]): Promise<void>;
  /** the Ingresses that were kept last */
  readAccepted(): Promise<readonly Ingress[]>;
  readonly recorder: EventRecorder;
  readonly log: Logger;
}

/** What an Ingress asks for, without what others write about it. */
const wishOf = ({ spec, metadata }: Ingress) => JSON.stringify([spec, metadata.annotations]);

export class IngressController {
  private readonly lastGood = new Map<string, Ingress>();
  /** refused by nginx: the wish that was refused, and why */
  private readonly refused = new Map<string, { readonly wish: string; readonly finding: Finding }>();
  private readonly installed = new Map<string, string>();
  private readonly told = new Map<string, string>();
  private readonly backOff = new BackOff(RETRY_MS);
  private keptHash = '';
  private hasProxy = false;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = 0;
  private running: Promise<void> | undefined;
  private isDirty = false;
  /** Half the Ingresses would take the others out of nginx. */
  private isStarted = false;
  private isStopped = false;

  constructor(private readonly edges: IngressEdges) {}

  async start(): Promise<void> {
    const all = Object.values(this.edges.informers) as readonly Informer<never>[];
    for (const informer of all) informer.addHandler({ onChange: () => this.wake(GATHER_MS) });
    await Promise.all(all.map((informer) => informer.whenSynced()));
    await this.remember();
    this.isStarted = true;
    this.wake(0);
  }

  /** One that was refused before this process started is served as it was accepted. */
  private async remember(): Promise<void> {
    try {
      for (const ingress of await this.edges.readAccepted()) this.lastGood.set(objectKey(ingress), ingress);
    } catch (error) {
      this.edges.log.warn({ error: (error as Error).message }, 'what was accepted before is not known');
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private wake(afterMs: number): void {
    if (this.isStopped || !this.isStarted) return;
    if (this.running) {
      this.isDirty = true;
      return;
    }
    const at = Date.now() + afterMs;
    // A change does not wait for a late next try.
    if (this.timer && this.timerAt <= at) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.running = this.run();
    }, afterMs);
  }

  private async run(): Promise<void> {
    let againMs: number | undefined;
    try {
      await this.sync();
      this.backOff.reset();
    } catch (error) {
      this.edges.log.warn({ error: (error as Error).message }, 'nginx could not be brought up to date; trying again');
      againMs = this.backOff.next();
    }
    this.running = undefined;
    if (this.isDirty) againMs ??= GATHER_MS;
    this.isDirty = false;
    if (againMs !== undefined) this.wake(againMs);
  }

  private isOurs({ spec, metadata }: Ingress): boolean {
    const name = spec?.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
    return name !== undefined && this.edges.informers.classes.get('', name)?.spec?.controller === NGINX_CONTROLLER;
  }

  private cluster(): Cluster {
    const { services, slices, secrets } = this.edges.informers;
    const byService = new Map<string, EndpointSlice[]>();
    for (const slice of slices.list()) {
      const key = `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME_LABEL]}`;
      byService.set(key, [...(byService.get(key) ?? []), slice]);
    }
    return {
      service: (namespace, name) => services.get(namespace, name),
      slices: (namespace, service) => byService.get(`${namespace}/${service}`) ?? [],
      secret: (namespace, name) => secrets.get(namespace, name),
    };
  }

  private async sync(): Promise<void> {
    const ours = this.edges.informers.ingresses.list().filter((ingress) => this.isOurs(ingress));
    if (ours.length === 0 && !this.hasProxy && this.edges.informers.pods.list().length === 0) return;
    if (!this.hasProxy) await this.edges.createProxy();
    this.hasProxy = true;
    this.forgetOthers(new Set(ours.map(objectKey)));
    const findings = await this.converge(ours, this.cluster());
    const problem = proxyProblem(this.edges.informers.pods.list());
    const proxy: Finding[] = problem ? [{ kind: 'proxy', field: 'spec.ingressClassName', reason: problem }] : [];
    for (const ingress of ours) await this.report(ingress, [...proxy, ...(findings.get(objectKey(ingress)) ?? [])]);
  }

  private forgetOthers(keys: ReadonlySet<string>): void {
    for (const map of [this.lastGood, this.refused, this.told]) {
      for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
    }
  }

  /** Until every pod runs the configuration, without those that were refused; returns what is to be told. */
  private async converge(ours: readonly Ingress[], cluster: Cluster): Promise<ReadonlyMap<string, readonly Finding[]>> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { chosen, findings } = this.choose(ours, cluster);
      const plan = planServers(chosen, cluster);
      for (const [key, own] of plan.findings) if (!findings.has(key)) findings.set(key, own);
      const configuration = renderNginx(plan);
      const installation = renderInstallation(configuration.text, plan.files);
      const complaint = await this.installEverywhere(installation);
      if (!complaint) {
        await this.keep(installation, chosen);
        for (const ingress of chosen) this.lastGood.set(objectKey(ingress), ingress);
        return findings;
      }
      const origin = complaint.line === undefined ? undefined : configuration.origins.get(complaint.line);
      const owner = origin && chosen.find((ingress) => objectKey(ingress) === origin.ingress);
      if (!owner) throw new Error(`nginx refuses the configuration, line ${complaint.line}: ${complaint.reason}`);
      const finding: Finding = { kind: 'refused', field: origin.field, reason: complaint.reason };
      this.refused.set(origin.ingress, { wish: wishOf(owner), finding });
      if (this.lastGood.get(origin.ingress) === owner) this.lastGood.delete(origin.ingress);
    }
    throw new Error(`nginx refused ${MAX_TRIES} configurations`);
  }

  /** Each Ingress as it is or, when that was refused, as it was last accepted. */
  private choose(
    ours: readonly Ingress[],
    cluster: Cluster,
  ): { chosen: Ingress[]; findings: Map<string, readonly Finding[]> } {
    const findings = new Map<string, readonly Finding[]>();
    const own = planServers(ours, cluster).findings;
    const chosen = ours.flatMap((ingress) => {
      const key = objectKey(ingress);
      const byNginx = this.refused.get(key);
      const reasons =
        byNginx?.wish === wishOf(ingress)
          ? [byNginx.finding]
          : (own.get(key) ?? []).filter(({ kind }) => kind === 'refused');
      if (reasons.length === 0) return [ingress];
      findings.set(key, reasons);
      return this.lastGood.get(key) ?? [];
    });
    return { chosen, findings };
  }

  private async installEverywhere(
    installation: Installation,
  ): Promise<{ reason: string; line: number | undefined } | undefined> {
    const running = new Set<string>();
    for (const pod of this.edges.informers.pods.list()) {
      const container = runningContainer(pod);
      if (container === undefined) continue;
      running.add(container);
      if (this.installed.get(container) === installation.hash) continue;
      const complaint = await this.edges.install(pod, installation);
      if (complaint) return complaint;
      this.installed.set(container, installation.hash);
      this.edges.log.info({ pod: pod.metadata.name, hash: installation.hash }, 'nginx has a new configuration');
    }
    for (const container of this.installed.keys()) if (!running.has(container)) this.installed.delete(container);
    return undefined;
  }

  private async keep(installation: Installation, chosen: readonly Ingress[]): Promise<void> {
    // Nobody has checked it yet.
    if (this.installed.size === 0 || this.keptHash === installation.hash) return;
    await this.edges.keepAccepted(installation, chosen);
    this.keptHash = installation.hash;
  }

  private async report(ingress: Ingress, findings: readonly Finding[]): Promise<void> {
    const { client, recorder, informers } = this.edges;
    const key = objectKey(ingress);
    const text = JSON.stringify(findings);
    if ((this.told.get(key) ?? '[]') !== text) for (const event of eventsOf(findings)) recorder.record(ingress, event);
    this.told.set(key, text);
    const wanted = statusOf(ingress, informers.services.get(PROXY_NAMESPACE, PROXY_SERVICE), findings);
    const current = ingress.status?.loadBalancer?.ingress ?? [];
    if (sameJson(current, wanted)) return;
    const status = { loadBalancer: wanted.length > 0 ? { ingress: wanted } : {} };
    try {
      await client.updateStatus(ingressResource, { ...ingress, status });
    } catch (error) {
      // Gone, or changed: what comes of that is on its way here.
      if (isConflict(error) || isNotFound(error)) return;
      throw error;
    }
    const [address] = wanted;
    if (address && current.length === 0) {
      recorder.record(ingress, { type: 'Normal', reason: 'Sync', message: `Served at ${address.ip}` });
    }
  }
}
