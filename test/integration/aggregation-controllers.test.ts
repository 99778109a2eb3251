/**
 * Controllers that work on every kind there is, with an extension server among those who serve them, well and not.
 */

import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as garbageCollector } from '../../master/controllers/garbage-collector/main';
import { component as namespaceController } from '../../master/controllers/namespace/main';
import {
  API_SERVICE,
  API_SERVICES,
  apiService,
  type ExtensionServer,
  GROUP,
  makeService,
  ROOT,
  startExtensionServer,
} from './extension-server';
import { CONFIG_MAPS, configMap } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

let server: TestServer;
let extension: ExtensionServer;
const running: RunningComponent[] = [];

beforeAll(async () => {
  server = await startTestServer();
  extension = await startExtensionServer(server);
  await makeService(server, extension.port);
  await server.send('POST', API_SERVICES, apiService({ caBundle: extension.caBundle }));
  await untilReason('Passed');
  for (const component of [namespaceController, garbageCollector]) running.push(await startBeside(server, component));
}, 60_000);
afterAll(async () => {
  for (const component of running) await component.stop();
  await extension?.stop();
  await server?.stop();
});

interface WithConditions {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  };
}

const read = async (path: string) => (await server.send('GET', path)).json<WithConditions>();
const untilReason = (reason: string) =>
  until(async () => (await read(`${API_SERVICES}/${API_SERVICE}`)).status?.conditions?.[0]?.reason === reason);
const codeOf = async (path: string) => (await server.send('GET', path)).code;

it('a namespace goes with what an extension server keeps in it', async () => {
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'going' } });
  const flunders = `${ROOT}/namespaces/going/flunders`;
  const flunder = { apiVersion: `${GROUP}/v1alpha1`, kind: 'Flunder', metadata: { name: 'one' } };
  expect((await server.send('POST', flunders, flunder)).code).toBe(201);
  await server.send('DELETE', '/api/v1/namespaces/going');
  await until(async () => (await codeOf('/api/v1/namespaces/going')) === 404);
  expect((await server.send('GET', flunders)).json<{ items: object[] }>().items).toEqual([]);
});

it('while the server does not answer namespaces wait for it and say so, and the garbage collector goes on', async () => {
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'waiting' } });
  extension.answerWith(500);
  // Any change of the APIService has it looked at again.
  const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
  await server.send('PATCH', `${API_SERVICES}/${API_SERVICE}`, { metadata: { labels: { look: 'again' } } }, merge);
  await untilReason('FailedDiscoveryCheck');
  await server.send('DELETE', '/api/v1/namespaces/waiting');
  const condition = async () =>
    (await read('/api/v1/namespaces/waiting')).status?.conditions?.find(
      ({ type }) => type === 'NamespaceDeletionDiscoveryFailure',
    );
  await until(async () => (await condition())?.status === 'True');
  expect(await condition()).toMatchObject({ reason: 'DiscoveryFailed', message: expect.stringContaining(GROUP) });

  const { metadata: owner } = (await server.send('POST', CONFIG_MAPS, configMap('owner'))).json<WithConditions>();
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.name, uid: owner.uid }];
  await server.send('POST', CONFIG_MAPS, { ...configMap('owned'), metadata: { name: 'owned', ownerReferences } });
  await server.send('DELETE', `${CONFIG_MAPS}/owner`);
  await until(async () => (await codeOf(`${CONFIG_MAPS}/owned`)) === 404);

  extension.answerWith(undefined);
  await until(async () => (await codeOf('/api/v1/namespaces/waiting')) === 404, 45_000);
});
