/**
 * The garbage collector over a real api-server: the three ways to delete an owner, and references that lead nowhere.
 */
import { type ConfigMap, configMapResource } from '../../helper/api/core/config-map';
import { eventResource } from '../../helper/api/core/event';
import { namespaceResource } from '../../helper/api/core/namespace';
import type { ObjectMeta } from '../../helper/api/meta';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { type RunningCollector, startCollector } from '../../master/controllers/garbage-collector/start-collector';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
let client: RestClient;
let collector: RunningCollector;

beforeAll(async () => {
  server = await startTestServer();
  const config = { server: `https://127.0.0.1:${server.port}`, ca: server.ca.toString(), token: server.token };
  client = createClient(config, { userAgent: 'test' });
  for (const name of ['default', 'other']) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.create(namespaceResource, namespace).catch(() => undefined);
  }
  collector = startCollector(createClient(config, { userAgent: 'gc', metadataOnly: true }), silentLogger());
  await until(() => collector.readyCheck() === undefined);
}, 30_000);

afterAll(async () => {
  await collector?.stop();
  client?.close();
  await server?.stop();
});

const reference = ({ metadata }: ConfigMap, blockOwnerDeletion = true) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: metadata.name,
  uid: metadata.uid ?? '',
  blockOwnerDeletion,
});

const create = (name: string, owners: ConfigMap[] = [], metadata: Partial<ObjectMeta> = {}) =>
  client.create<ConfigMap>(configMapResource, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ownerReferences: owners.map((owner) => reference(owner)), ...metadata },
  });
const find = async (name: string, namespace = 'default') =>
  (await client.list(configMapResource, { namespace })).items.find(({ metadata }) => metadata.name === name);
const isGone = async (...names: string[]) =>
  (await Promise.all(names.map((name) => find(name)))).every((found) => found === undefined);

describe('garbage collector', () => {
  test('deletes dependents of dependents in the background, fast', async () => {
    const owner = await create('background');
    const child = await create('background-child', [owner]);
    await create('background-grandchild', [child]);
    await client.delete(configMapResource, 'default', 'background', { propagationPolicy: 'Background' });
    await until(() => isGone('background', 'background-child', 'background-grandchild'));
  });

  test('keeps a dependent that has another owner, without the reference to the one that is gone', async () => {
    const [first, second] = [await create('first'), await create('second')];
    await create('shared', [first, second]);
    await client.delete(configMapResource, 'default', 'first');
    await until(async () => (await find('shared'))?.metadata.ownerReferences?.length === 1);
    expect((await find('shared'))?.metadata.ownerReferences?.[0]?.name).toBe('second');
  });

  test('holds an owner deleted in the foreground until its dependents are gone', async () => {
    const owner = await create('foreground');
    const child = await create('foreground-child', [owner], { finalizers: ['example.com/hold'] });
    await client.delete(configMapResource, 'default', 'foreground', { propagationPolicy: 'Foreground' });
    await until(async () => (await find('foreground-child'))?.metadata.deletionTimestamp !== undefined);
    expect((await find('foreground'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
    await client.patch(configMapResource, 'default', child.metadata.name, 'merge', { metadata: { finalizers: null } });
    await until(() => isGone('foreground', 'foreground-child'));
  });

  test('leaves dependents of an orphaned owner, without their reference', async () => {
    const owner = await create('orphaning');
    await create('orphan', [owner]);
    await client.delete(configMapResource, 'default', 'orphaning', { propagationPolicy: 'Orphan' });
    await until(() => isGone('orphaning'));
    expect((await find('orphan'))?.metadata.ownerReferences ?? []).toEqual([]);
  });

  test('ends a ring of owners deleted in the foreground', async () => {
    const one = await create('ring-one');
    const two = await create('ring-two', [one]);
    const ownerReferences = [reference(two)];
    await client.patch(configMapResource, 'default', 'ring-one', 'merge', { metadata: { ownerReferences } });
    await client.delete(configMapResource, 'default', 'ring-one', { propagationPolicy: 'Foreground' });
    await until(() => isGone('ring-one', 'ring-two'));
  });

  test('takes an owner in another namespace for absent, and says so', async () => {
    const owner = await create('far-owner', [], { namespace: 'other' });
    await until(async () => (await find('far-owner', 'other')) !== undefined);
    await create('far-child', [owner]);
    await until(() => isGone('far-child'));
    expect(await find('far-owner', 'other')).toBeDefined();
    const isReported = async () =>
      (await client.list(eventResource, { namespace: 'default' })).items.some(
        ({ reason, involvedObject }) => reason === 'OwnerRefInvalidNamespace' && involvedObject.name === 'far-child',
      );
    await until(isReported);
  });

  test('deletes a hundred dependents soon after their owner', async () => {
    const owner = await create('big');
    await Promise.all(Array.from({ length: 100 }, (_, index) => create(`big-${index}`, [owner])));
    await client.delete(configMapResource, 'default', 'big');
    await until(
      async () => !(await client.list(configMapResource)).items.some(({ metadata }) => metadata.name.startsWith('big')),
    );
  });
});
