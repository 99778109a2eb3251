/**
 * What an empty cluster needs before anybody can use it: the system namespaces, and the API server as a Service.
 *
 * Runs at every start and makes only what is missing. Objects are made through the same preparation as any client's.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
 */
import { type Endpoints, endpointsKind } from '../../helper/api/core/endpoints';
import { namespaceKind } from '../../helper/api/core/namespace';
import { type Service, serviceKind } from '../../helper/api/core/service';
import { type EndpointSlice, endpointSliceKind } from '../../helper/api/discovery/endpoint-slice';
import type { Kind } from '../../helper/api/kind';
import type { KubeObject } from '../../helper/api/meta';
import { type PriorityClass, priorityClassKind } from '../../helper/api/scheduling/priority-class';
import { isAlreadyExists } from '../../helper/api/status-error';
import type { Settings } from '../../helper/process/settings';
import { SYSTEM_NAMESPACES } from './admission/namespace-lifecycle';
import type { Registry } from './registry';
import { parseRange } from './rest/address-range';
import { fillNewMetadata } from './rest/object-identity';
import { changeStored, createStored } from './rest/store-write';

const SYSTEM_CLASSES = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** Stores a new object with its defaults; does nothing when it exists. */
export async function createMissing(
  registry: Registry,
  resource: Pick<Kind, 'group' | 'version' | 'plural'>,
  object: KubeObject,
) {
  const cache = registry.cacheOf(resource);
  const { kind } = cache;
  const { namespace = '', name } = object.metadata;
  if (cache.get(namespace, name)) return;
  fillNewMetadata(kind, object, new Date());
  kind.strategy.prepareForCreate?.(object);
  kind.strategy.applyDefaults?.(object);
  try {
    await createStored({ kind, cache }, object, false);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** The Service `kubernetes` and where it leads: this server. Pods find the API by it. */
export async function publishApiServer(registry: Registry, settings: Settings): Promise<void> {
  const [range] = settings.serviceCidrs.map(parseRange);
  if (!range) return;
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  const port = { name: 'https', port: settings.portBase, protocol: 'TCP' };
  const clusterIP = range.addressAt(range.first);
  await createMissing(registry, serviceKind, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: settings.portBase }],
    },
  } as Service);
  await putSpec(registry, endpointsKind, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: settings.nodeIp }], ports: [port] }],
  } as Endpoints);
  await putSpec(registry, endpointSliceKind, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [settings.nodeIp], conditions: { ready: true } }],
    ports: [port],
  } as EndpointSlice);
}

/** Creates the object, or writes it anew when the server's address has changed since. */
async function putSpec(registry: Registry, resource: Pick<Kind, 'group' | 'version' | 'plural'>, wanted: KubeObject) {
  await createMissing(registry, resource, structuredClone(wanted));
  const cache = registry.cacheOf(resource);
  const { namespace = '', name } = wanted.metadata;
  await changeStored({ kind: cache.kind, cache }, namespace, name, { dryRun: false }, (current) => ({
    next: { ...current.object, ...wanted, metadata: current.object.metadata },
  }));
}

/** Makes the two PriorityClasses above all that users may define. */
export async function createSystemPriorityClasses(registry: Registry): Promise<void> {
  await Promise.all(
    SYSTEM_CLASSES.map(({ name, value, description }) =>
      createMissing(registry, priorityClassKind, {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name },
        value,
        description,
      } as PriorityClass),
    ),
  );
}

/** Makes the system namespaces. */
export async function createSystemNamespaces(registry: Registry): Promise<void> {
  await Promise.all(
    SYSTEM_NAMESPACES.map((name) =>
      createMissing(registry, namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    ),
  );
}
