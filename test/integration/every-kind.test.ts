/**
 * Every row of the table through the real server: its sample is made, read in every form, changed, and deleted.
 */
import { isFaceOfAnother, type Kind } from '../../helper/api/kind';
import { KINDS } from '../../helper/api/kinds';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import { apiVersionOf, resourcePath } from '../../helper/api/resource';
import type { Status } from '../../helper/api/status-error';
import type { Table } from '../../master/apiserver/table/table';
import { MERGE, makeDefaultAccount } from './objects';
import { sampleOf } from './samples';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
const NAMESPACE = 'samples';
const namespaceOf = (kind: Kind) => (kind.namespaced ? NAMESPACE : '');
const get = (path: string, options = {}) => server.send('GET', path, undefined, options);

beforeAll(async () => {
  server = await startTestServer();
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await makeDefaultAccount(server, NAMESPACE);
});
afterAll(() => server.stop());

/** Kinds whose status the server itself writes, at any moment. */
const WORKED_ON = new Set(['CustomResourceDefinition', 'APIService', 'ValidatingAdmissionPolicy', 'FlowSchema']);

const stored = KINDS.filter((kind) => kind.stored !== false);

test.each(stored.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))('%s', async (_title, kind) => {
  const sample = sampleOf(kind, NAMESPACE);
  const collection = resourcePath(kind, namespaceOf(kind));
  const { name } = sample.metadata;
  const path = `${collection}/${name}`;

  const created = await server.send('POST', `${collection}?fieldValidation=Strict`, sample);
  expect([created.code, created.code === 201 ? '' : created.json<Status>().message]).toEqual([201, '']);
  expect(created.json<KubeObject>()).toMatchObject({ apiVersion: apiVersionOf(kind), kind: kind.kind });
  expect((await server.send('POST', collection, sample)).json<Status>().reason).toBe('AlreadyExists');

  const read = await get(path);
  expect(read.json<KubeObject>().metadata.uid).toBe(created.json<KubeObject>().metadata.uid);
  if (!WORKED_ON.has(kind.kind)) expect(read.json()).toEqual(created.json());
  const list = (await get(collection)).json<KubeList>();
  expect(list.kind).toBe(`${kind.kind}List`);
  expect(list.items.map(({ metadata }) => metadata.name)).toContain(name);
  const table = (await get(path, TABLE)).json<Table>();
  expect(table.columnDefinitions.map((column) => column.name)).toEqual(kind.columns.map((column) => column.name));
  for (const [index, cell] of (table.rows[0]?.cells ?? []).entries()) {
    expect([table.columnDefinitions[index]?.name, typeof cell]).not.toContain('undefined');
  }
  if (kind.namespaced) expect((await get(resourcePath(kind))).json<KubeList>().items.length).toBeGreaterThan(0);

  const dry = await server.send('PATCH', `${path}?dryRun=All`, { metadata: { labels: { dry: 'run' } } }, MERGE);
  expect(dry.code).toBe(200);
  const patched = await server.send('PATCH', path, { metadata: { labels: { patched: 'yes' } } }, MERGE);
  expect([patched.code, patched.json<KubeObject>().metadata.labels]).toMatchObject([200, { patched: 'yes' }]);
  expect((await get(`${collection}?labelSelector=patched%3Dyes`)).json<KubeList>().items).toHaveLength(1);
  if (!WORKED_ON.has(kind.kind)) {
    const same = await server.send('PUT', path, patched.json());
    expect([same.code, same.json<KubeObject>().metadata.resourceVersion]).toEqual([
      200,
      patched.json<KubeObject>().metadata.resourceVersion,
    ]);
  }
  for (const field of Object.keys(kind.fieldSelectors)) {
    expect([field, (await get(`${collection}?fieldSelector=${field}%3Dx`)).code]).toEqual([field, 200]);
  }

  const { resourceVersion: _old, ...unversioned } = patched.json<KubeObject>().metadata;
  const putStatus = async () => {
    const { resourceVersion } = (await get(path)).json<KubeObject>().metadata;
    const metadata = kind.strategy.updateNeedsVersion ? { ...unversioned, resourceVersion } : unversioned;
    return (await server.send('PUT', `${path}/status`, { ...patched.json<KubeObject>(), metadata })).code;
  };
  let code = await putStatus();
  while (code === 409 && WORKED_ON.has(kind.kind)) code = await putStatus();
  expect(code).toBe(kind.hasStatus ? 200 : 404);

  if (kind.kind === 'Namespace') return;
  const removed = await server.send('DELETE', `${path}?gracePeriodSeconds=0`);
  expect(removed.code).toBe(200);
  if (isHeld(kind)) return;
  expect((await get(path)).json<Status>().reason).toBe('NotFound');
  const again = await server.send('POST', collection, sample);
  expect(again.code).toBe(201);
  if (kind.kind === 'Service') return;
  const all = await server.send('DELETE', `${collection}?fieldSelector=metadata.name%3D${encodeURIComponent(name)}`);
  expect([all.code, all.json<KubeList>().kind]).toEqual([200, `${kind.kind}List`]);
});

/** Kinds that a controller this test does not run has to let go of. */
const isHeld = ({ kind }: Kind) =>
  ['PersistentVolume', 'PersistentVolumeClaim', 'CustomResourceDefinition'].includes(kind);

test('discovery names every kind once a group version', async () => {
  for (const kind of stored) {
    const document = (await get(resourcePath(kind).split('/').slice(0, -1).join('/'))).json<{
      resources: { name: string; kind: string; singularName: string; shortNames?: string[] }[];
    }>();
    const entry = document.resources.filter(({ name }) => name === kind.plural);
    expect([kind.plural, entry.length, entry[0]?.kind, entry[0]?.singularName]).toEqual([
      kind.plural,
      1,
      kind.kind,
      kind.singular,
    ]);
  }
  expect(stored.some(isFaceOfAnother)).toBe(true);
});
