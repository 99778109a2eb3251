/**
 * The life of a pod object over HTTPS: create, get, list, update, patch, delete.
 */
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
const pods = '/api/v1/namespaces/default/pods';

export const podNamed = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
});

beforeAll(async () => {
  server = await startTestServer();
  await server.send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
});
afterAll(() => server.stop());

test('POST pods stores the pod with defaults and answers 201', async () => {
  const answer = await server.send('POST', pods, podNamed('web'));
  expect(answer.code).toBe(201);
  const pod = answer.json<{ metadata: Record<string, unknown>; spec: Record<string, unknown>; status: unknown }>();
  expect(pod.metadata).toMatchObject({ name: 'web', namespace: 'default' });
  expect(pod.metadata.resourceVersion).toMatch(/^\d+$/);
  expect(pod.spec).toMatchObject({ restartPolicy: 'Always', serviceAccountName: 'default' });
  expect((await server.send('GET', `${pods}/web`)).text).toBe(answer.text);
});
