/**
 * Keeps the zone equal to the cluster: every change of a Service or of its EndpointSlices renders that Service's records anew.
 *
 * Only what is watched is known here, so answers go on from the last state while the API server is away.
 */
import type { Namespace } from '../../helper/api/core/namespace';
import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';
import { objectKey } from '../../helper/api/meta';
import type { Informer } from '../../helper/client/informer';
import { serviceRecords } from './service-records';
import { Zone } from './zone';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export interface ClusterZoneSources {
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly namespaces: Informer<Namespace>;
}

export class ClusterZone {
  readonly zone = new Zone();
  private readonly slicesOf = new Map<string, Map<string, EndpointSlice>>();

  /** `onChange` is called after each change of an answer. */
  constructor(
    private readonly sources: ClusterZoneSources,
    private readonly domain: string,
    private readonly onChange: () => void,
  ) {
    sources.services.addHandler({ onChange: (before, after) => this.refresh(before ?? after) });
    sources.slices.addHandler({ onChange: (before, after) => this.onSlice(before, after) });
    sources.namespaces.addHandler({
      onChange: (before, after) => {
        if (!before || !after) onChange();
      },
    });
  }

  hasNamespace(name: string): boolean {
    return this.sources.namespaces.get('', name) !== undefined;
  }

  async whenSynced(): Promise<void> {
    const { services, slices, namespaces } = this.sources;
    await Promise.all([services.whenSynced(), slices.whenSynced(), namespaces.whenSynced()]);
  }

  private onSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const keys = new Set<string>();
    for (const slice of [before, after]) {
      const service = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
      if (!slice || !service) continue;
      const key = `${slice.metadata.namespace}/${service}`;
      const slices = this.slicesOf.get(key) ?? new Map<string, EndpointSlice>();
      if (slice === after) slices.set(slice.metadata.name, slice);
      else slices.delete(slice.metadata.name);
      if (slices.size > 0) this.slicesOf.set(key, slices);
      else this.slicesOf.delete(key);
      keys.add(key);
    }
    for (const key of keys) this.refreshKey(key);
  }

  private refresh(service: Service | undefined): void {
    if (service) this.refreshKey(objectKey(service));
  }

  private refreshKey(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.sources.services.get(namespace, name);
    const slices = [...(this.slicesOf.get(key)?.values() ?? [])];
    const records = service ? serviceRecords(service, slices, this.domain) : [];
    if (this.zone.replace(key, records)) this.onChange();
  }
}
