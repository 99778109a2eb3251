/**
 * pods/ephemeralcontainers: containers are added to a pod that exists, and nothing else changes through it.
 */
import type { Pod } from '../../helper/api/core/pod';
import type { Status } from '../../helper/api/status-error';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await server.send('POST', PODS, pod('one'));
});
afterAll(() => server.stop());

const strategic = { headers: { 'content-type': 'application/strategic-merge-patch+json' } };
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
const patch = (list: readonly object[], options = strategic) =>
  server.send('PATCH', `${PODS}/one/ephemeralcontainers`, { spec: { ephemeralContainers: list } }, options);
const current = async () => (await server.send('GET', `${PODS}/one`)).json<Pod>();

test('a strategic merge patch adds one, with its defaults', async () => {
  const answer = await patch([{ name: 'debugger', image: 'busybox', stdin: true, tty: true }]);
  expect(answer.code).toBe(200);
  expect(answer.json<Pod>().spec?.ephemeralContainers).toEqual([
    expect.objectContaining({ name: 'debugger', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }),
  ]);
  await patch([{ name: 'second', image: 'busybox', targetContainerName: (await current()).spec?.containers[0]?.name }]);
  expect((await current()).spec?.ephemeralContainers?.map(({ name }) => name).sort()).toEqual(['debugger', 'second']);
});

test('PUT takes the list of ephemeral containers and nothing else', async () => {
  const next = await current();
  next.metadata.labels = { added: 'yes' };
  next.spec?.ephemeralContainers?.push({ name: 'third', image: 'busybox' });
  const answer = await server.send('PUT', `${PODS}/one/ephemeralcontainers`, next);
  expect(answer.code).toBe(200);
  expect((await current()).metadata.labels?.added).toBeUndefined();
  expect((await current()).spec?.ephemeralContainers).toHaveLength(3);
});

test.each<[string, (list: object[]) => object[], string]>([
  ['a change', ([first, ...rest]) => [{ ...first, image: 'other' }, ...rest], 'may not be changed'],
  ['a removal', (list) => list.slice(1), 'may not be removed'],
  [
    'a port',
    (list) => [...list, { name: 'x', image: 'b', ports: [{ containerPort: 80 }] }],
    'ephemeralContainers[3].ports: Forbidden: cannot be set for an Ephemeral Container',
  ],
  [
    'a target that is not there',
    (list) => [...list, { name: 'x', image: 'b', targetContainerName: 'none' }],
    'targetContainerName: Not found: "none"',
  ],
  ['a name that is taken', (list) => [...list, { name: 'debugger', image: 'b' }], 'Duplicate value: "debugger"'],
])('%s is refused', async (_, change, message) => {
  const list = (await current()).spec?.ephemeralContainers ?? [];
  const answer = await patch(change(list), merge);
  expect([answer.code, answer.json<Status>().message]).toEqual([422, expect.stringContaining(message)]);
});

test('neither a new pod nor an ordinary update brings any', async () => {
  const ephemeralContainers = [{ name: 'x', image: 'b' }];
  const made = pod('two');
  const created = await server.send('POST', PODS, { ...made, spec: { ...made.spec, ephemeralContainers } });
  expect([created.code, created.json<Status>().message]).toEqual([
    422,
    expect.stringContaining('cannot be set on create'),
  ]);
  const updated = await server.send('PATCH', `${PODS}/one`, { spec: { ephemeralContainers } }, strategic);
  expect(updated.code).toBe(422);
  // A pod that has some is otherwise as free to change as before.
  expect((await server.send('PATCH', `${PODS}/one`, { metadata: { labels: { a: 'b' } } }, merge)).code).toBe(200);
});
