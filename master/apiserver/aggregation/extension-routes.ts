/**
 * Which group versions are served by extension servers: the APIServices with a service, in a form that is looked up before every request.
 *
 * Follows the watch cache of APIServices, so a route is there when the write of its APIService was answered. In a cluster without
 * extension servers a look-up is one comparison.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import { type APIService, apiServiceResource } from '../../../helper/api/apiregistration/api-service';
import type { KubeObject } from '../../../helper/api/meta';
import { CacheFollower } from '../auth/cache-follower';
import type { Registry } from '../registry';
import type { RequestInfo } from '../request-info';
import { Extension, type FrontProxyIdentity } from './extension';

interface Route {
  /** by it we see whether the way has changed */
  readonly spec: string;
  readonly extension: Extension;
}

const isAvailable = ({ status }: APIService) =>
  status?.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True') ?? false;

/** Paths that are no resource, and yet the extension server's: its list of resources and its OpenAPI document. */
const DOCUMENT = /^\/(?:openapi\/v3\/)?(?:apis\/([^/]+)|api)\/([^/]+)\/?$/;

export class ExtensionRoutes {
  private readonly routes = new Map<string, Route>();
  private byGroup = new Map<string, Map<string, Extension>>();
  private readonly follower: CacheFollower;
  private readonly listeners: ((name: string) => void)[] = [];

  constructor(
    private readonly registry: Registry,
    private readonly identity: FrontProxyIdentity,
  ) {
    const cache = registry.cacheOf(apiServiceResource);
    this.follower = new CacheFollower(cache, {
      startOver: () => this.startOver(cache.table.list('').map(({ object }) => object)),
      apply: ({ type, current }) => {
        if (type === 'delete') this.remove(current.name);
        else this.put(current.object);
        for (const tell of this.listeners) tell(current.name);
      },
    });
    this.follower.catchUp();
  }

  /** The server that answers this request instead of us; undefined when we do. */
  find(info: RequestInfo): Extension | undefined {
    if (this.byGroup.size === 0) return undefined;
    if (info.isResource) return this.byGroup.get(info.group)?.get(info.version);
    const [, group = '', version = ''] = DOCUMENT.exec(info.path) ?? [];
    return this.byGroup.get(group)?.get(version);
  }

  /** The server of one APIService; undefined for local ones. */
  get(name: string): Extension | undefined {
    return this.routes.get(name)?.extension;
  }

  *all(): Iterable<Extension> {
    for (const { extension } of this.routes.values()) yield extension;
  }

  get size(): number {
    return this.routes.size;
  }

  /** From now on `listener` hears the name of every APIService that is written or deleted. */
  onChange(listener: (name: string) => void): void {
    this.listeners.push(listener);
  }

  /** Notices that the cache has started over; cheap. */
  catchUp(): void {
    this.follower.catchUp();
  }

  close(): void {
    for (const extension of this.all()) extension.close();
  }

  private startOver(objects: readonly KubeObject[]): void {
    const names = new Set(objects.map(({ metadata }) => metadata.name));
    for (const name of this.routes.keys()) if (!names.has(name)) this.remove(name);
    for (const object of objects) this.put(object);
    for (const tell of this.listeners) for (const name of names) tell(name);
  }

  private put(object: KubeObject): void {
    const service = object as APIService;
    const { name } = service.metadata;
    if (!service.spec?.service) {
      this.remove(name);
      return;
    }
    const spec = JSON.stringify(service.spec);
    let route = this.routes.get(name);
    if (route?.spec !== spec) {
      route?.extension.close();
      route = { spec, extension: new Extension(this.registry, name, service.spec, this.identity) };
      this.routes.set(name, route);
      this.arrange();
    }
    route.extension.isAvailable = isAvailable(service);
  }

  private remove(name: string): void {
    const route = this.routes.get(name);
    if (!route) return;
    route.extension.close();
    this.routes.delete(name);
    this.arrange();
  }

  private arrange(): void {
    this.byGroup = new Map();
    for (const extension of this.all()) {
      const versions = this.byGroup.get(extension.group) ?? new Map<string, Extension>();
      this.byGroup.set(extension.group, versions.set(extension.version, extension));
    }
  }
}
