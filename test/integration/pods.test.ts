/**
 * The life of a pod object over HTTPS: create, get, bind, delete.
 */
import type { Pod } from '../../helper/api/core/pod';
import type { Status } from '../../helper/api/status-error';
import { MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
const DELETE_NOW = { gracePeriodSeconds: 0 };

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
});
afterAll(() => server.stop());

test('POST pods stores the pod with defaults and answers 201', async () => {
  const answer = await server.send('POST', PODS, pod('web'));
  expect(answer.code).toBe(201);
  const made = answer.json<Pod>();
  expect(made.metadata).toMatchObject({ name: 'web', namespace: 'default' });
  expect(made.metadata.resourceVersion).toMatch(/^\d+$/);
  expect(made.spec).toMatchObject({ restartPolicy: 'Always', serviceAccountName: 'default', priority: 0 });
  expect(made.spec?.tolerations).toHaveLength(2);
  expect(made.status).toMatchObject({ phase: 'Pending' });
  expect((await server.send('GET', `${PODS}/web`)).text).toBe(answer.text);
});

test('POST pods mounts a projected token into every container', async () => {
  const { spec } = (await server.send('POST', PODS, pod('token'))).json<Pod>();
  const [volume] = spec?.volumes ?? [];
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume?.projected?.sources).toHaveLength(3);
  expect(spec?.containers[0]?.volumeMounts).toEqual([
    { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  const without = { ...pod('no-token'), spec: { ...pod('x').spec, automountServiceAccountToken: false } };
  expect((await server.send('POST', PODS, without)).json<Pod>().spec?.volumes).toBeUndefined();
});

test('POST pods refuses a ServiceAccount that does not exist', async () => {
  const answer = await server.send('POST', PODS, {
    ...pod('sa'),
    spec: { ...pod('x').spec, serviceAccountName: 'nobody' },
  });
  expect(answer.code).toBe(403);
  expect(answer.json<Status>().message).toContain('serviceaccount "nobody" not found');
});

test('POST pods again with the same name is 409 AlreadyExists', async () => {
  const answer = await server.send('POST', PODS, pod('web'));
  expect(answer.code).toBe(409);
  expect(answer.json<Status>()).toMatchObject({
    reason: 'AlreadyExists',
    message: 'pods "web" already exists',
    details: { name: 'web', kind: 'pods' },
  });
});

test('POST pods resolves generateName to different names', async () => {
  const body = { ...pod(''), metadata: { generateName: 'job-' } };
  const names = await Promise.all(
    [1, 2, 3].map(async () => (await server.send('POST', PODS, body)).json<Pod>().metadata.name),
  );
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^job-[a-z0-9]{5}$/);
});

test('POST pods/binding assigns the node once', async () => {
  await server.send('POST', PODS, pod('bound'));
  const binding = { target: { kind: 'Node', name: 'node1' } };
  const first = await server.send('POST', `${PODS}/bound/binding`, binding);
  expect([first.code, first.json<Status>().status]).toEqual([201, 'Success']);
  const second = await server.send('POST', '/api/v1/namespaces/default/bindings', {
    ...binding,
    metadata: { name: 'bound' },
  });
  expect(second.code).toBe(409);
  const bound = (await server.send('GET', `${PODS}/bound`)).json<Pod>();
  expect(bound.spec?.nodeName).toBe('node1');
  expect(bound.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
});

test('DELETE of a bound pod waits for its grace period, DELETE with grace 0 removes it', async () => {
  const answer = await server.send('DELETE', `${PODS}/bound`);
  expect(answer.code).toBe(200);
  const { metadata } = answer.json<Pod>();
  expect(metadata.deletionGracePeriodSeconds).toBe(30);
  expect(Date.parse(metadata.deletionTimestamp ?? '')).toBeGreaterThan(Date.now());
  const shorter = await server.send('DELETE', `${PODS}/bound`, { gracePeriodSeconds: 5 });
  expect(shorter.json<Pod>().metadata.deletionGracePeriodSeconds).toBe(5);
  const again = await server.send('DELETE', `${PODS}/bound`);
  expect(again.json<Pod>().metadata.deletionGracePeriodSeconds).toBe(5);
  const removed = await server.send('DELETE', `${PODS}/bound`, DELETE_NOW);
  expect(removed.json<Pod>()).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 0 } });
  expect((await server.send('GET', `${PODS}/bound`)).code).toBe(404);
});

test('DELETE of an unscheduled pod removes it at once', async () => {
  await server.send('POST', PODS, pod('pending'));
  expect((await server.send('DELETE', `${PODS}/pending`)).json<Pod>().kind).toBe('Pod');
  expect((await server.send('GET', `${PODS}/pending`)).code).toBe(404);
});

test('DELETE with the uid of another object is 409', async () => {
  const answer = await server.send('DELETE', `${PODS}/web`, { preconditions: { uid: 'other' } });
  expect(answer.code).toBe(409);
});

test('a finalizer keeps a deleted pod until it is removed', async () => {
  await server.send('POST', PODS, { ...pod('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
  const held = (await server.send('DELETE', `${PODS}/held`)).json<Pod>();
  expect(held.metadata.deletionTimestamp).toBeDefined();
  const added = await server.send(
    'PATCH',
    `${PODS}/held`,
    { metadata: { finalizers: ['example.com/hold', 'a.b/c'] } },
    MERGE,
  );
  expect(added.code).toBe(422);
  const released = await server.send('PATCH', `${PODS}/held`, { metadata: { finalizers: null } }, MERGE);
  expect(released.code).toBe(200);
  expect((await server.send('GET', `${PODS}/held`)).code).toBe(404);
});

test('POST pods/eviction deletes the pod', async () => {
  await server.send('POST', PODS, pod('evicted'));
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };
  expect((await server.send('POST', `${PODS}/evicted/eviction`, eviction)).code).toBe(201);
  expect((await server.send('GET', `${PODS}/evicted`)).code).toBe(404);
});

test('PUT pods/status changes status and nothing else', async () => {
  const before = (await server.send('GET', `${PODS}/web`)).json<Pod>();
  const body = { ...before, status: { phase: 'Running' }, spec: { ...before.spec, nodeName: 'elsewhere' } };
  const answer = await server.send('PUT', `${PODS}/web/status`, body);
  expect(answer.code).toBe(200);
  const after = answer.json<Pod>();
  expect([after.status?.phase, after.spec?.nodeName]).toEqual(['Running', undefined]);
  const spec = await server.send('PUT', `${PODS}/web`, { ...after, status: { phase: 'Failed' } });
  expect(spec.json<Pod>().status?.phase).toBe('Running');
});

test('DELETE of the collection removes the selected pods only', async () => {
  await server.send('POST', PODS, pod('red', { color: 'red' }));
  await server.send('POST', PODS, pod('blue', { color: 'blue' }));
  expect((await server.send('DELETE', `${PODS}?labelSelector=color%3Dred`)).code).toBe(200);
  expect((await server.send('GET', `${PODS}/red`)).code).toBe(404);
  expect((await server.send('GET', `${PODS}/blue`)).code).toBe(200);
});
