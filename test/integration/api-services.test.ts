/**
 * The list of API services over a real api-server.
 */
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 30_000);
afterAll(() => server?.stop());

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

async function poll(path: string, code: number): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await server.send('GET', path);
    if (answer.code === code) return answer.text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} never answered ${code}`);
}

it('every group version this server serves is a local API service, those of definitions as long as they last', async () => {
  const apps = JSON.parse(await poll(`${SERVICES}/v1.apps`, 200));
  expect(apps.spec).toEqual({ group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 });
  expect(apps.status.conditions[0]).toMatchObject({ type: 'Available', status: 'True', reason: 'Local' });
  expect(await poll(`${SERVICES}/v1.`, 200)).toContain('"version":"v1"');
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  expect((await server.send('POST', definitions, definition)).code).toBe(201);
  await poll(`${SERVICES}/v1.example.com`, 200);
  await server.send('DELETE', `${definitions}/things.example.com`);
  await poll(`${SERVICES}/v1.example.com`, 404);
});
