/**
 * Ingresses and what they name, turned into servers with locations: who answers which host and path. Pure.
 *
 * Rules of one host come together from all Ingresses; where two claim the same path, the older one has it. A backend that is not
 * there makes its path answer 503, and is reported; a wrong Ingress is left out whole and reported, and the others do not notice.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
import type { IngressBackend } from 'kubernetes-types/networking/v1';
import type { Secret } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { objectKey } from '../../../helper/api/meta';
import type { Ingress } from '../../../helper/api/networking/ingress';
import { type IngressOptions, type Problem, readAnnotations } from './annotations';

/** Where a request goes: a group of addresses under a name of its own. No address: 503. */
export interface Upstream {
  readonly name: string;
  readonly addresses: readonly string[];
}

export type Match = 'exact' | 'prefix' | 'regex';

export interface Location {
  readonly path: string;
  readonly match: Match;
  readonly upstream: Upstream;
  readonly options: IngressOptions;
  /** takes some of the requests instead */
  readonly canary?: { readonly upstream: Upstream; readonly options: IngressOptions };
  /** key of the Ingress and the field it comes from */
  readonly ingress: string;
  readonly field: string;
}

export interface Server {
  /** '' answers for hosts nobody named */
  readonly host: string;
  readonly locations: readonly Location[];
  /** file names of certificate and key */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface ServerPlan {
  readonly servers: readonly Server[];
  /** certificates and keys, by file name */
  readonly files: ReadonlyMap<string, string>;
  /** by the Ingress' key; `isRefused`: nothing of it is served */
  readonly findings: ReadonlyMap<string, Finding[]>;
}

export interface Finding extends Problem {
  readonly kind: 'refused' | 'conflict' | 'canary' | 'backend' | 'certificate' | 'proxy';
}

export interface Cluster {
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  secret(namespace: string, name: string): Secret | undefined;
}

interface DraftServer {
  readonly locations: Map<string, Location>;
  tls?: Server['tls'];
}

const UNSAFE_PATH = /["'{};\s\\$]/;
const UNSAFE_PATTERN = /["'{};\s]/;

const olderFirst = (a: Ingress, b: Ingress) =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
  objectKey(a).localeCompare(objectKey(b));

/** The servers of these Ingresses, which are all of the class that is served here. */
export function planServers(ingresses: readonly Ingress[], cluster: Cluster): ServerPlan {
  const draft = new Draft(cluster);
  const ordered = [...ingresses]
    .sort(olderFirst)
    .map((ingress) => ({ ingress, ...readAnnotations(ingress.metadata.annotations) }));
  // Canaries second: what they join must be there.
  for (const one of ordered) if (!one.options.canary) draft.add(one.ingress, one.options, one.problems);
  for (const one of ordered) if (one.options.canary) draft.addCanary(one.ingress, one.options, one.problems);
  return draft.finish();
}

class Draft {
  private readonly servers = new Map<string, DraftServer>([['', { locations: new Map() }]]);
  private readonly files = new Map<string, string>();
  private readonly findings = new Map<string, Finding[]>();

  constructor(private readonly cluster: Cluster) {}

  add(ingress: Ingress, options: IngressOptions, problems: readonly Problem[]): void {
    if (this.refuses(ingress, options, problems)) return;
    for (const location of this.locationsOf(ingress, options)) {
      const { locations } = this.server(location.host);
      const id = `${location.match} ${location.path}`;
      const other = locations.get(id);
      if (!other) locations.set(id, location);
      else
        this.report(
          ingress,
          'conflict',
          location.field,
          `path ${JSON.stringify(location.path)} of host ${JSON.stringify(location.host)} belongs to Ingress ${other.ingress} already`,
        );
    }
    this.addDefault(ingress, options);
    this.addCertificates(ingress);
  }

  addCanary(ingress: Ingress, options: IngressOptions, problems: readonly Problem[]): void {
    if (this.refuses(ingress, options, problems)) return;
    for (const location of this.locationsOf(ingress, options)) {
      const locations = this.servers.get(location.host)?.locations;
      const id = [...(locations?.entries() ?? [])].find(([, main]) => main.path === location.path)?.[0];
      const main = id === undefined ? undefined : locations?.get(id);
      if (main && id !== undefined) locations?.set(id, { ...main, canary: { upstream: location.upstream, options } });
      else
        this.report(
          ingress,
          'canary',
          location.field,
          `no other Ingress has path ${JSON.stringify(location.path)} of host ${JSON.stringify(location.host)} for this canary to join`,
        );
    }
  }

  finish(): ServerPlan {
    const servers = [...this.servers].map(
      ([host, { locations, tls }]): Server => ({ host, locations: [...locations.values()], ...(tls ? { tls } : {}) }),
    );
    return { servers, files: this.files, findings: this.findings };
  }

  private report(ingress: Ingress, kind: Finding['kind'], field: string, reason: string): void {
    const key = objectKey(ingress);
    const findings = this.findings.get(key) ?? [];
    this.findings.set(key, [...findings, { kind, field, reason }]);
  }

  /** Problems of its own make an Ingress unfit as a whole. */
  private refuses(ingress: Ingress, options: IngressOptions, problems: readonly Problem[]): boolean {
    const all = [...problems, ...pathProblems(ingress, options)];
    for (const { field, reason } of all) this.report(ingress, 'refused', field, reason);
    return all.length > 0;
  }

  private server(host: string): DraftServer {
    const server = this.servers.get(host) ?? { locations: new Map() };
    this.servers.set(host, server);
    return server;
  }

  private locationsOf(ingress: Ingress, options: IngressOptions): (Location & { host: string })[] {
    return (ingress.spec?.rules ?? []).flatMap((rule, ruleIndex) =>
      (rule.http?.paths ?? []).map(({ path = '/', pathType, backend }, index) => {
        const field = `spec.rules[${ruleIndex}].http.paths[${index}]`;
        const isRegex = options.useRegex && pathType !== 'Exact';
        const match: Match = isRegex ? 'regex' : pathType === 'Exact' ? 'exact' : 'prefix';
        const upstream = this.upstream(
          ingress,
          backend,
          `${field}.backend`,
          `path ${JSON.stringify(path)} of host ${JSON.stringify(rule.host ?? '*')} answers 503`,
        );
        return {
          host: rule.host ?? '',
          path: match === 'prefix' ? path.replace(/\/+$/, '') || '/' : path || '/',
          match,
          upstream,
          options,
          ingress: objectKey(ingress),
          field,
        };
      }),
    );
  }

  /** Requests of its hosts that no path takes; without rules: all requests nobody else takes. */
  private addDefault(ingress: Ingress, options: IngressOptions): void {
    const backend = ingress.spec?.defaultBackend;
    if (!backend) return;
    const field = 'spec.defaultBackend';
    const upstream = this.upstream(ingress, backend, field, 'what no rule takes answers 503');
    const hosts = (ingress.spec?.rules ?? []).map(({ host }) => host ?? '');
    const { rewriteTarget: _, ...plain } = options;
    for (const host of hosts.length > 0 ? hosts : ['']) {
      const { locations } = this.server(host);
      if (!locations.has('prefix /')) {
        locations.set('prefix /', {
          path: '/',
          match: 'prefix',
          upstream,
          options: plain,
          ingress: objectKey(ingress),
          field,
        });
      }
    }
  }

  private upstream(
    ingress: Ingress,
    { service, resource }: IngressBackend,
    field: string,
    consequence: string,
  ): Upstream {
    const { namespace = '' } = ingress.metadata;
    if (!service) {
      this.report(
        ingress,
        'backend',
        field,
        `${resource?.kind ?? 'a resource'} is no Service, and nothing else is known here: ${consequence}`,
      );
      return { name: 'none', addresses: [] };
    }
    const port = service.port?.name ?? service.port?.number ?? 0;
    // Dots, which neither name can have: `a` and `b-c` are not `a-b` and `c`.
    const name = `${namespace}.${service.name}.${port}`;
    const found = addressesOf(this.cluster, namespace, service.name, port);
    if (typeof found !== 'string') return { name, addresses: found };
    this.report(ingress, 'backend', `${field}.service`, `${found}: ${consequence}`);
    return { name, addresses: [] };
  }

  private addCertificates(ingress: Ingress): void {
    const { namespace = '' } = ingress.metadata;
    const ruleHosts = (ingress.spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []));
    for (const [index, { secretName = '', hosts }] of (ingress.spec?.tls ?? []).entries()) {
      const field = `spec.tls[${index}].secretName`;
      const { data } = this.cluster.secret(namespace, secretName) ?? {};
      const [certificate, key] = [data?.['tls.crt'], data?.['tls.key']];
      if (!certificate || !key) {
        this.report(
          ingress,
          'certificate',
          field,
          `Secret "${namespace}/${secretName}" of type kubernetes.io/tls not found: its hosts have no HTTPS`,
        );
        continue;
      }
      const base = `${namespace}.${secretName}`;
      const tls = { certificate: `${base}.crt`, key: `${base}.key` };
      this.files.set(tls.certificate, Buffer.from(certificate, 'base64').toString());
      this.files.set(tls.key, Buffer.from(key, 'base64').toString());
      for (const host of ruleHosts) if (covers(hosts ?? ruleHosts, host)) this.server(host).tls ??= tls;
    }
  }
}

/** A certificate's host is the rule's, or a wildcard for its last label. */
const covers = (hosts: readonly string[], host: string) =>
  hosts.length === 0 || hosts.includes(host) || hosts.includes(host.replace(/^[^.]+/, '*'));

function pathProblems({ spec }: Ingress, { useRegex }: IngressOptions): Problem[] {
  return (spec?.rules ?? []).flatMap((rule, ruleIndex) =>
    (rule.http?.paths ?? []).flatMap(({ path = '/', pathType }, index): Problem[] => {
      const isPattern = useRegex && pathType !== 'Exact';
      const field = `spec.rules[${ruleIndex}].http.paths[${index}].path`;
      const unsafe = (isPattern ? UNSAFE_PATTERN : UNSAFE_PATH).exec(path);
      if (unsafe) return [{ field, reason: `${JSON.stringify(path)} must not contain ${JSON.stringify(unsafe[0])}` }];
      try {
        if (isPattern) new RegExp(path);
        return [];
      } catch (error) {
        return [{ field, reason: (error as Error).message }];
      }
    }),
  );
}

/** `address:port` of what a Service is reached at, or why there is nothing. */
function addressesOf(cluster: Cluster, namespace: string, name: string, wanted: string | number): string[] | string {
  const service = cluster.service(namespace, name);
  const shown = `Service "${namespace}/${name}"`;
  if (!service) return `${shown} not found`;
  const port = (service.spec?.ports ?? []).find((one) => one.name === wanted || one.port === wanted);
  const { type, externalName, clusterIP } = service.spec ?? {};
  if (type === 'ExternalName')
    return typeof wanted === 'number' ? [`${externalName}:${wanted}`] : `${shown} has no ports`;
  if (!port) return `${shown} has no port ${JSON.stringify(wanted)}`;
  const ready = cluster.slices(namespace, name).flatMap((slice) => readyAddresses(slice, port.name ?? ''));
  if (ready.length === 0) return `${shown} has no ready endpoints`;
  // kube-proxy spreads over the endpoints and follows them at once; only a headless Service leaves that to us.
  return clusterIP && clusterIP !== 'None' ? [`${clusterIP}:${port.port}`] : [...new Set(ready)].sort();
}

function readyAddresses({ endpoints, ports, addressType }: EndpointSlice, portName: string): string[] {
  const port = (ports ?? []).find((one) => (one.name ?? '') === portName)?.port;
  if (port === undefined || addressType !== 'IPv4') return [];
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) => (addresses[0] ? [`${addresses[0]}:${port}`] : []));
}
