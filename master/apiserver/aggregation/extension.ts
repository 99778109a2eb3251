/**
 * An extension server: who serves a group version instead of us, and the way to it.
 *
 * Connections are TLS to one of the Service's ready endpoints; the name in the certificate is the Service's, `<name>.<namespace>.svc`,
 * wherever it happens to answer. We show the front proxy's certificate, by which the other side knows that the user named in the
 * headers was checked here.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#contacting-the-extension-apiserver
 */
import { Agent, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { APIService } from '../../../helper/api/apiregistration/api-service';
import type { Registry } from '../registry';
import { pickAddress, type ServicePort } from '../webhooks/service-address';

const DEFAULT_PORT = 443;

/** Certificate and key of the front proxy, PEM. */
export interface FrontProxyIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

type Spec = NonNullable<APIService['spec']>;

/** One APIService with a service. Kept as long as its spec does not change, and its connections with it. */
export class Extension {
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** the condition Available of the APIService, as it was written last */
  isAvailable = false;
  private readonly tls: ConnectionOptions;
  private agent: Agent | undefined;

  constructor(
    private readonly registry: Registry,
    /** of the APIService */
    readonly name: string,
    spec: Spec,
    identity: FrontProxyIdentity,
  ) {
    const { service, caBundle, insecureSkipTLSVerify, group = '', version = '' } = spec;
    this.group = group;
    this.version = version;
    this.groupPriority = spec.groupPriorityMinimum;
    this.versionPriority = spec.versionPriority;
    this.service = {
      namespace: service?.namespace ?? '',
      name: service?.name ?? '',
      port: service?.port ?? DEFAULT_PORT,
    };
    this.tls = {
      cert: identity.cert,
      key: identity.key,
      servername: `${this.service.name}.${this.service.namespace}.svc`,
      ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
      ...(insecureSkipTLSVerify ? { rejectUnauthorized: false } : {}),
    };
  }

  /** Where its discovery document is, and below it everything it serves. */
  get root(): string {
    return this.group ? `/apis/${this.group}/${this.version}` : `/api/${this.version}`;
  }

  /** What it takes to ask it over a connection that is used again. Throws ServiceUnreachable. */
  requestOptions(): RequestOptions {
    this.agent ??= new Agent({ keepAlive: true, ...this.tls });
    return { ...this.address(), agent: this.agent };
  }

  /** The same for a connection of its own: one that is to be upgraded, or (`isChecked` false) whose certificate does not matter. */
  ownConnectionOptions(isChecked = true): RequestOptions {
    return { ...this.address(), agent: false, ...this.tls, ...(isChecked ? {} : { rejectUnauthorized: false }) };
  }

  /** Cuts all connections: whoever watches through them must look for the new way. */
  close(): void {
    this.agent?.destroy();
    this.agent = undefined;
  }

  private address() {
    const { host, port } = pickAddress(this.registry, this.service);
    const { name, namespace, port: servicePort } = this.service;
    return {
      host,
      port,
      servername: `${name}.${namespace}.svc`,
      headers: { host: `${name}.${namespace}.svc:${servicePort}` },
    };
  }
}
