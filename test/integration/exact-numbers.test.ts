/**
 * Whole numbers beyond 53 bits: refused at every door instead of being stored with other digits.
 */
import { until } from '../../helper/process/until';
import { DEPLOYMENTS, deployment } from './objects';
import { startTestServer, type TestServer } from './test-server';

const WIDGETS = '/apis/exact.example.com/v1/namespaces/default/widgets';
const LOST = '9007199254740993';
const WORDS = `the number ${LOST} of field "size" cannot be kept exactly`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const spec = { type: 'object', properties: { size: { type: 'integer', format: 'int64' } } };
  await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'widgets.exact.example.com' },
    spec: {
      group: 'exact.example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  });
  await until(async () => (await server.send('GET', WIDGETS)).code === 200);
  await server.send('POST', WIDGETS, { metadata: { name: 'here' }, spec: { size: 1 } });
}, 30_000);
afterAll(() => server?.stop());

const as = (type: string) => ({ headers: { 'content-type': type } });
const widget = (size: string) => `{"metadata":{"name":"big"},"spec":{"size":${size}}}`;
const configuration = (size: string) =>
  `{"apiVersion":"exact.example.com/v1","kind":"Widget","metadata":{"name":"here"},"spec":{"size":${size}}}`;

test.each<[string, () => ReturnType<TestServer['send']>]>([
  ['a new object', () => server.send('POST', WIDGETS, widget(LOST))],
  [
    'a new object in YAML',
    () => server.send('POST', WIDGETS, `metadata: {name: big}\nspec: {size: ${LOST}}`, as('application/yaml')),
  ],
  [
    'a merge patch',
    () => server.send('PATCH', `${WIDGETS}/here`, `{"spec":{"size":${LOST}}}`, as('application/merge-patch+json')),
  ],
  [
    'an applied configuration',
    () =>
      server.send('PATCH', `${WIDGETS}/here?fieldManager=x`, configuration(LOST), as('application/apply-patch+yaml')),
  ],
  [
    'an applied configuration in YAML',
    () =>
      server.send(
        'PATCH',
        `${WIDGETS}/here?fieldManager=x`,
        `apiVersion: exact.example.com/v1\nkind: Widget\nmetadata: {name: here}\nspec:\n  size: ${LOST}\n`,
        as('application/apply-patch+yaml'),
      ),
  ],
])('%s with a number that would change is refused', async (_what, ask) => {
  const { code, text } = await ask();
  expect(code).toBe(400);
  expect((JSON.parse(text) as { message: string }).message).toContain(WORDS);
});

test('a JSON patch, and a field of 64 bits of a built-in kind, are refused alike', async () => {
  const operation = `[{"op":"replace","path":"/spec/size","value":${LOST}}]`;
  const patched = await server.send('PATCH', `${WIDGETS}/here`, operation, as('application/json-patch+json'));
  expect([patched.code, patched.text]).toEqual([400, expect.stringContaining(`the number ${LOST} of field`)]);
  const text = JSON.stringify(deployment('long')).replace(
    '"containers"',
    '"terminationGracePeriodSeconds":9223372036854775807,"containers"',
  );
  const refused = await server.send('POST', DEPLOYMENTS, text, as('application/json'));
  expect([refused.code, refused.text]).toEqual([400, expect.stringContaining('9223372036854775807 of field')]);
});

test('numbers of up to 53 bits are kept, and so are digits in texts', async () => {
  const annotations = `"annotations":{"id":"${LOST}"}`;
  const body = `{"metadata":{"name":"kept",${annotations}},"spec":{"size":-9007199254740991}}`;
  expect((await server.send('POST', WIDGETS, body)).code).toBe(201);
  const { text } = await server.send('GET', `${WIDGETS}/kept`);
  expect(text).toContain('"size":-9007199254740991');
  expect(text).toContain(`"id":"${LOST}"`);
});
