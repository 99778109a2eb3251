/**
 * The namespace controller against a real api-server: what a namespace has from the start, and how it ends.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Namespace } from '../../helper/api/core/namespace';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/namespace/main';
import { configMap, MERGE, pod } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const NAMESPACES = '/api/v1/namespaces';
let server: TestServer;
let running: RunningComponent;

beforeAll(async () => {
  server = await startTestServer();
  running = await startBeside(server, component);
});
afterAll(async () => {
  await running.stop();
  await server.stop();
});

const get = async <T extends KubeObject>(path: string) => {
  const answer = await server.send('GET', path);
  return answer.code === 200 ? answer.json<T>() : undefined;
};
const exists = async (path: string) => (await get(path)) !== undefined;

async function makeNamespace(name: string): Promise<void> {
  await server.send('POST', NAMESPACES, { metadata: { name } });
  await until(() => exists(`${NAMESPACES}/${name}/serviceaccounts/default`));
  await until(() => exists(`${NAMESPACES}/${name}/configmaps/kube-root-ca.crt`));
}

test('every namespace has the default account and the CA', async () => {
  const certificate = readFileSync(join(server.settings.home, 'pki', 'ca.crt'), 'utf8');
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    const path = `${NAMESPACES}/${name}/configmaps/kube-root-ca.crt`;
    await until(() => exists(path));
    expect((await get<ConfigMap>(path))?.data).toEqual({ 'ca.crt': certificate });
    await until(() => exists(`${NAMESPACES}/${name}/serviceaccounts/default`));
  }
});

test('account and CA come back when removed or changed', async () => {
  await makeNamespace('repaired');
  const account = `${NAMESPACES}/repaired/serviceaccounts/default`;
  const ca = `${NAMESPACES}/repaired/configmaps/kube-root-ca.crt`;
  const { uid = '' } = (await get(account))?.metadata ?? {};
  await server.send('DELETE', account);
  await until(async () => ![undefined, uid].includes((await get(account))?.metadata.uid));
  await server.send('PATCH', ca, { data: { 'ca.crt': 'forged' } }, MERGE);
  await until(async () => (await get<ConfigMap>(ca))?.data?.['ca.crt']?.startsWith('-----BEGIN') === true);
  await server.send('DELETE', ca);
  await until(() => exists(ca));
});

test('DELETE of a namespace removes all in it and then the namespace', async () => {
  await makeNamespace('ends');
  const inside = `${NAMESPACES}/ends`;
  await server.send('POST', `${inside}/configmaps`, configMap('a'));
  await server.send('POST', `${inside}/pods`, pod('unbound'));
  expect((await server.send('DELETE', inside)).code).toBe(200);
  await until(async () => !(await exists(inside)));
  await server.send('POST', NAMESPACES, { metadata: { name: 'ends' } });
  expect(
    (await server.send('GET', `${inside}/configmaps`)).json<KubeList>().items.map(({ metadata }) => metadata.name),
  ).not.toContain('a');
});

test('conditions say what a namespace waits for', async () => {
  await makeNamespace('waits');
  const inside = `${NAMESPACES}/waits`;
  await server.send('POST', `${inside}/configmaps`, {
    ...configMap('held'),
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
  });
  await server.send('POST', `${inside}/pods`, pod('bound'));
  await server.send('POST', `${inside}/pods/bound/binding`, { target: { kind: 'Node', name: 'nowhere' } });
  await server.send('DELETE', inside);
  const message = async (type: string) =>
    (await get<Namespace>(inside))?.status?.conditions?.find((condition) => condition.type === type)?.message;
  await until(
    async () =>
      (await message('NamespaceContentRemaining'))?.endsWith(
        'configmaps. has 1 resource instances, pods. has 1 resource instances',
      ) === true,
  );
  expect(await message('NamespaceFinalizersRemaining')).toBe(
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  const bound = await get(`${inside}/pods/bound`);
  expect(bound?.metadata.deletionGracePeriodSeconds).toBe(30);
  await server.send('DELETE', `${inside}/pods/bound`, { gracePeriodSeconds: 0 });
  await server.send('PATCH', `${inside}/configmaps/held`, { metadata: { finalizers: null } }, MERGE);
  await until(async () => !(await exists(inside)));
});

test('a namespace with a finalizer of its own stays, empty, until that is taken', async () => {
  await server.send('POST', NAMESPACES, { metadata: { name: 'own' }, spec: { finalizers: ['example.com/mine'] } });
  await until(() => exists(`${NAMESPACES}/own/serviceaccounts/default`));
  await server.send('DELETE', `${NAMESPACES}/own`);
  await until(async () => !(await get<Namespace>(`${NAMESPACES}/own`))?.spec?.finalizers?.includes('kubernetes'));
  expect((await get<Namespace>(`${NAMESPACES}/own`))?.spec?.finalizers).toEqual(['example.com/mine']);
  const own = await get(`${NAMESPACES}/own`);
  await server.send('PUT', `${NAMESPACES}/own/finalize`, { ...own, spec: { finalizers: [] } });
  expect(await exists(`${NAMESPACES}/own`)).toBe(false);
});
