/**
 * The endpoints controllers over a real api-server: slices follow pods, copies follow Endpoints written by hand.
 */
import { type Endpoints, endpointsResource } from '../../helper/api/core/endpoints';
import { eventResource } from '../../helper/api/core/event';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { type Service, serviceResource } from '../../helper/api/core/service';
import { serviceAccountResource } from '../../helper/api/core/service-account';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as endpointsController } from '../../master/controllers/endpoints/main';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
let client: RestClient;
let running: RunningComponent;

beforeAll(async () => {
  server = await startTestServer();
  client = createClient({ server: `https://127.0.0.1:${server.port}`, ca: server.ca.toString(), token: server.token });
  await client.create(serviceAccountResource, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  });
  running = await startBeside(server, endpointsController);
});

afterAll(async () => {
  await running?.stop();
  client?.close();
  await server?.stop();
});

const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  ...(spec ? { spec } : {}),
});

/** `address:port ready` of all slices of a Service. */
async function slicesOf(name: string): Promise<string[]> {
  const { items } = await client.list(endpointSliceResource, {
    namespace: 'default',
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  return items
    .flatMap(({ endpoints, ports }) =>
      endpoints.flatMap(({ addresses, conditions }) =>
        (ports ?? []).map((port) => `${addresses[0]}:${port.port} ${conditions?.ready}`),
      ),
    )
    .sort();
}
const untilSlices = (name: string, expected: string[]) =>
  until(async () => JSON.stringify(await slicesOf(name)) === JSON.stringify(expected), 5000);

test('slices follow the pods a Service selects', async () => {
  await client.create(
    serviceResource,
    service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }),
  );
  const pod = await client.create(podResource, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'default', labels: { app: 'web' } },
    spec: { nodeName: 'node1', containers: [{ name: 'c', image: 'x' }] },
  } as Pod);
  const conditions = [{ type: 'Ready', status: 'True' }];
  await client.updateStatus(podResource, {
    ...pod,
    status: { phase: 'Running', podIP: '10.244.0.9', podIPs: [{ ip: '10.244.0.9' }], conditions },
  });
  await untilSlices('web', ['10.244.0.9:8080 true']);
  await client.delete(podResource, 'default', 'web-0', { gracePeriodSeconds: 0 });
  await untilSlices('web', []);
});

test('Endpoints written by hand are mirrored, changed and taken back', async () => {
  await client.create(serviceResource, service('far', { ports: [{ name: 'http', port: 80 }] }));
  const subsets = (ip: string) => [{ addresses: [{ ip }], ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] }];
  const made = await client.create(endpointsResource, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'far', namespace: 'default' },
    subsets: subsets('192.0.2.1'),
  } as Endpoints);
  await untilSlices('far', ['192.0.2.1:8080 true']);
  await client.update(endpointsResource, { ...made, subsets: subsets('192.0.2.2') });
  await untilSlices('far', ['192.0.2.2:8080 true']);
  await client.delete(serviceResource, 'default', 'far');
  await untilSlices('far', []);
});

test('endpoints are meant for zones when the Service asks, and the events say so', async () => {
  for (const [name, zone] of [
    ['east1', 'east'],
    ['west1', 'west'],
  ] as const) {
    const node = await client.create(nodeResource, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    });
    const status = { allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] };
    await client.updateStatus(nodeResource, { ...node, status } as Node);
    const pod = await client.create(podResource, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `in-${zone}`, namespace: 'default', labels: { app: 'near' } },
      spec: { nodeName: name, containers: [{ name: 'c', image: 'x' }] },
    } as Pod);
    const podIP = zone === 'east' ? '10.244.1.1' : '10.244.2.1';
    const running = { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: 'True' }] };
    await client.updateStatus(podResource, { ...pod, status: running } as Pod);
  }
  const spec = { selector: { app: 'near' }, ports: [{ port: 80 }] };
  await client.create(serviceResource, {
    ...service('near', spec),
    metadata: { name: 'near', namespace: 'default', annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
  });
  const zones = async (name: string) => {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const { items } = await client.list(endpointSliceResource, { namespace: 'default', labelSelector });
    return items
      .flatMap(({ endpoints }) => endpoints.map(({ zone, hints }) => `${zone} for ${hints?.forZones?.[0]?.name}`))
      .sort();
  };
  await until(async () => (await zones('near')).join() === 'east for east,west for west');
  await until(async () => {
    const { items } = await client.list(eventResource, { namespace: 'default' });
    return items.some(({ reason }) => reason === 'TopologyAwareHintsEnabled');
  });
  await client.patch(nodeResource, '', 'west1', 'merge', {
    metadata: { labels: { 'topology.kubernetes.io/zone': null } },
  });
  await until(async () => (await zones('near')).join() === 'east for undefined,undefined for undefined');
  await client.create(serviceResource, service('close', { ...spec, trafficDistribution: 'PreferClose' }));
  await until(async () => (await zones('close')).join() === 'east for east,undefined for undefined');
}, 30_000);
