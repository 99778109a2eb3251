/**
 * What the server serves: names of kinds come from discovery, so kinds added later and custom resources work like any other.
 *
 * Read once per process in two requests (aggregated discovery) and again when a name is not found: it may be new.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf, type Resource } from '../../../helper/api/resource';
import type { ApiClient } from '../../../helper/client/client';
import { CommandError } from '../command-error';

const ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

export interface ServedResource extends Resource {
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

interface WireResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface WireGroups {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly WireResource[] }[];
  }[];
}

function readResource(group: string, version: string, wire: WireResource): ServedResource {
  const kind = wire.responseKind?.kind ?? wire.resource;
  return {
    group,
    version,
    kind,
    plural: wire.resource,
    singular: wire.singularResource || kind.toLowerCase(),
    shortNames: wire.shortNames ?? [],
    categories: wire.categories ?? [],
    namespaced: wire.scope === 'Namespaced',
    verbs: wire.verbs ?? [],
    subresources: (wire.subresources ?? []).map(({ subresource }) => subresource),
  };
}

/** An `APIGroupDiscoveryList` as resources, preferred versions first. */
function readDiscovery(groups: WireGroups): ServedResource[] {
  return (groups.items ?? []).flatMap(({ metadata, versions }) =>
    (versions ?? []).flatMap(({ version, resources }) =>
      (resources ?? []).map((wire) => readResource(metadata?.name ?? '', version, wire)),
    ),
  );
}

const namesOf = (resource: Resource) => [
  resource.plural,
  resource.singular,
  resource.kind.toLowerCase(),
  ...resource.shortNames,
];

/** How well a name of the user fits: `deploy`, `deploy.apps`, `deployments.v1.apps`. Full names win over short ones. */
function findResource(resources: readonly ServedResource[], name: string): ServedResource | undefined {
  const wanted = name.toLowerCase();
  const [type = '', ...qualifier] = wanted.split('.');
  const place = qualifier.join('.');
  const isPlace = ({ group, version }: Resource) =>
    place === '' ||
    place === group ||
    place === `${version}.${group}` ||
    (group !== '' && group.startsWith(`${place}.`));
  const candidates = resources.filter((resource) => isPlace(resource) && namesOf(resource).includes(type));
  return candidates.find(({ plural, singular }) => plural === type || singular === type) ?? candidates[0];
}

export class Discovery {
  private loading: Promise<readonly ServedResource[]> | undefined;
  constructor(private readonly client: Pick<ApiClient, 'raw'>) {}

  /** Everything served, core group first. */
  all(): Promise<readonly ServedResource[]> {
    this.loading ??= this.load().catch((error) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  /** The resource a user means. Throws kubectl's words when there is none. */
  async find(name: string): Promise<ServedResource> {
    const found = findResource(await this.all(), name) ?? findResource(await this.reload(), name);
    if (!found) throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(name)}`);
    return found;
  }

  /** Resources of a category (`all`); empty when it is none. */
  async category(name: string): Promise<readonly ServedResource[]> {
    return (await this.all()).filter(({ categories }) => categories.includes(name.toLowerCase()));
  }

  /** The resource of an object by its apiVersion and kind. */
  async ofObject(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<ServedResource> {
    const find = (resources: readonly ServedResource[]) =>
      resources.find((resource) => resource.kind === object.kind && apiVersionOf(resource) === object.apiVersion);
    const found = find(await this.all()) ?? find(await this.reload());
    if (!found)
      throw new CommandError(
        `resource mapping not found: no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}\nensure CRDs are installed first`,
      );
    return found;
  }

  private reload(): Promise<readonly ServedResource[]> {
    this.loading = undefined;
    return this.all();
  }

  private async load(): Promise<readonly ServedResource[]> {
    const answers = await Promise.all(
      ['/api', '/apis'].map((path) => this.client.raw('GET', path, undefined, { accept: ACCEPT })),
    );
    return answers.flatMap((answer) => readDiscovery(answer as WireGroups));
  }
}

/** `pod` or `deployment.apps`: how messages call the type of an object. */
export function typeLabel({ kind, group }: Pick<Resource, 'kind' | 'group'>): string {
  return group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}

/** `pod/web`, `deployment.apps/web`. */
export function objectLabel(resource: Pick<Resource, 'kind' | 'group'>, name: string): string {
  return `${typeLabel(resource)}/${name}`;
}
