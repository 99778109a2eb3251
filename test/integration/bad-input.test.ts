/**
 * What must never hurt the server: every wrong request gets a Status that says what is wrong, and the next one is served.
 */
import { Agent, request as httpsRequest } from 'node:https';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Status } from '../../helper/api/status-error';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, MERGE, makeDefaultAccount, PODS, pod, SERVICES } from './objects';
import { type RequestOptions, startTestServer, type TestServer } from './test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
});
afterAll(() => server.stop());

interface Case {
  readonly name: string;
  readonly request: readonly [method: string, path: string, body?: unknown, options?: RequestOptions];
  readonly code: number;
  readonly message?: string;
}

const cases: readonly Case[] = [
  { name: 'malformed JSON', request: ['POST', CONFIG_MAPS, '{"metadata":'], code: 400, message: 'json parse error' },
  { name: 'malformed YAML', request: ['POST', CONFIG_MAPS, 'a: [', yaml()], code: 400 },
  { name: 'a body that is no object', request: ['POST', CONFIG_MAPS, '[1]'], code: 400 },
  { name: 'an empty body', request: ['POST', CONFIG_MAPS, ''], code: 400 },
  {
    name: 'absurdly deep JSON',
    request: ['POST', CONFIG_MAPS, `{"data":${'['.repeat(90_000)}${']'.repeat(90_000)}}`],
    code: 400,
  },
  {
    name: 'a wrong content type',
    request: ['POST', CONFIG_MAPS, 'x', { headers: { 'content-type': 'text/plain' } }],
    code: 415,
  },
  { name: 'protobuf that is none', request: ['POST', CONFIG_MAPS, 'x', protobuf()], code: 400 },
  {
    name: 'a body over 3 MiB',
    request: ['POST', CONFIG_MAPS, configMap('big', { a: 'x'.repeat(3_200_000) })],
    code: 413,
  },
  {
    name: 'an unknown kind',
    request: ['GET', '/api/v1/namespaces/default/widgets'],
    code: 404,
    message: 'could not find the requested resource',
  },
  { name: 'an unknown group', request: ['GET', '/apis/example.com/v1/widgets'], code: 404 },
  { name: 'an unknown path', request: ['GET', '/nothing/here'], code: 404 },
  { name: 'an unknown subresource', request: ['GET', `${CONFIG_MAPS}/x/status`], code: 404 },
  { name: 'a subresource of an inherited name', request: ['GET', `${PODS}/x/constructor`], code: 404 },
  { name: 'a method no object has', request: ['POST', `${CONFIG_MAPS}/x`, configMap('x')], code: 405 },
  { name: 'PUT to a collection', request: ['PUT', CONFIG_MAPS, configMap('x')], code: 405 },
  { name: 'an object outside a namespace', request: ['GET', '/api/v1/configmaps/x'], code: 404 },
  {
    name: 'a namespace that does not exist',
    request: ['POST', '/api/v1/namespaces/nowhere/configmaps', configMap('x')],
    code: 404,
    message: 'namespaces "nowhere" not found',
  },
  {
    name: 'another namespace in the body',
    request: ['POST', CONFIG_MAPS, { metadata: { name: 'x', namespace: 'kube-system' } }],
    code: 400,
  },
  { name: 'another name in the body', request: ['PUT', `${CONFIG_MAPS}/x`, configMap('y')], code: 400 },
  { name: 'another kind in the body', request: ['POST', PODS, configMap('x')], code: 400 },
  {
    name: 'a resourceVersion at create',
    request: ['POST', CONFIG_MAPS, { metadata: { name: 'x', resourceVersion: '5' } }],
    code: 400,
  },
  {
    name: 'a wrong type',
    request: ['POST', PODS, { ...pod('x'), spec: { containers: 'no' } }],
    code: 400,
    message: 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
  },
  { name: 'metadata that is a text', request: ['POST', CONFIG_MAPS, { metadata: 'x' }], code: 400 },
  {
    name: 'a missing name',
    request: ['POST', CONFIG_MAPS, { metadata: {} }],
    code: 422,
    message: 'metadata.name: Required value',
  },
  { name: 'an invalid name', request: ['POST', CONFIG_MAPS, configMap('No_Good')], code: 422 },
  {
    name: 'a Service without ports',
    request: ['POST', SERVICES, { metadata: { name: 'x' }, spec: {} }],
    code: 422,
    message: 'spec.ports: Required value',
  },
  {
    name: 'an Accept header nobody can serve',
    request: ['GET', CONFIG_MAPS, undefined, { headers: { accept: 'image/png' } }],
    code: 406,
  },
  { name: 'a selector that is none', request: ['GET', `${CONFIG_MAPS}?labelSelector=%3D%3D`], code: 400 },
  { name: 'a resourceVersion that is none', request: ['GET', `${CONFIG_MAPS}?resourceVersion=abc`], code: 400 },
  { name: 'a limit that is none', request: ['GET', `${CONFIG_MAPS}?limit=many`], code: 400 },
  { name: 'a path that cannot be decoded', request: ['GET', `${CONFIG_MAPS}/%E0%A4%A`], code: 400 },
  { name: 'a patch of nothing', request: ['PATCH', `${CONFIG_MAPS}/nothing`, {}, MERGE], code: 404 },
  { name: 'a patch that changes the kind', request: ['PATCH', `${CONFIG_MAPS}/kube-root`, '1', MERGE], code: 400 },
  { name: 'deleting a system namespace', request: ['DELETE', '/api/v1/namespaces/default'], code: 403 },
  {
    name: 'exec without upgrade',
    request: ['POST', `${PODS}/x/exec?command=ls`],
    code: 400,
    message: 'Upgrade request required',
  },
  {
    name: 'a wrong fieldValidation',
    request: ['POST', `${CONFIG_MAPS}?fieldValidation=Maybe`, configMap('x')],
    code: 422,
  },
];

function yaml(): RequestOptions {
  return { headers: { 'content-type': 'application/yaml' } };
}
function protobuf(): RequestOptions {
  return { headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } };
}

test.each(cases)('$name is a $code Status', async ({ request: [method, path, body, options], code, message }) => {
  const answer = await server.send(method, path, body, options);
  const status = answer.json<Status>();
  expect([answer.code, status.kind, status.code]).toEqual([code, 'Status', code]);
  if (message) expect(status.message).toContain(message);
  expect((await server.send('GET', '/livez')).code).toBe(200);
});

test('a wrong type is refused with the words of the decoder, of a patch as invalid', async () => {
  const spec = { replicas: 'three', template: { spec: { containers: [{ name: 7, image: 'x' }] } } };
  const status = (await server.send('POST', DEPLOYMENTS, { metadata: { name: 'wrong' }, spec })).json<Status>();
  expect(status).toMatchObject({
    code: 400,
    reason: 'BadRequest',
    message:
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  });
  await server.send('POST', CONFIG_MAPS, configMap('patched'));
  const patch = async (type: string) => {
    const headers = { 'content-type': `application/${type}+json` };
    const body = { metadata: { labels: 'invalid' } };
    return (await server.send('PATCH', `${CONFIG_MAPS}/patched`, body, { headers })).json<Status>();
  };
  expect(await patch('strategic-merge-patch')).toMatchObject({
    code: 422,
    message:
      ' "" is invalid: patch: Invalid value: "map[metadata:map[labels:invalid]]": cannot restore map from string',
  });
  expect(await patch('merge-patch')).toMatchObject({
    code: 422,
    message: expect.stringContaining(
      'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ),
  });
});

test.each([
  ['JSON', 'application/json', '{"metadata":{"name":"twice"},"nonsense":1,"data":{"a":"1","a":"2"}}', 'data.a'],
  ['YAML', 'application/yaml', 'metadata:\n  name: twice\ndata:\n  a: "1"\n  a: "2"\nnonsense: 1\n', 'a'],
])('unknown and duplicate fields of %s are a warning, and 400 when Strict', async (_form, type, body, path) => {
  const headers = { 'content-type': type };
  const strict = await server.send('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, body, { headers });
  expect(strict.code).toBe(400);
  expect(strict.json<Status>().message).toContain(
    `strict decoding error: unknown field "nonsense", duplicate field "${path}"`,
  );
  const warned = await server.send('POST', `${CONFIG_MAPS}?dryRun=All`, body, { headers });
  expect(warned.code).toBe(201);
  expect(warned.headers.warning).toBe(`299 - "unknown field \\"nonsense\\"", 299 - "duplicate field \\"${path}\\""`);
  expect(warned.json<ConfigMap>().data).toEqual({ a: '2' });
});

test('__proto__ keys change no object but their own', async () => {
  const body =
    '{"metadata":{"name":"proto","labels":{"__proto__":"x"}},"__proto__":{"polluted":"yes"},"data":{"__proto__":"1"}}';
  await server.send('POST', CONFIG_MAPS, body);
  await server.send(
    'PATCH',
    `${CONFIG_MAPS}/proto`,
    '{"__proto__":{"polluted":"yes"},"data":{"constructor":"c"}}',
    MERGE,
  );
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect((await server.send('POST', CONFIG_MAPS, configMap('after'))).code).toBe(201);
});

test('a refused request leaves its connection to the next one, unless a body was left unread', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: server.ca });
  const ask = (method: string, path: string, body?: string) =>
    new Promise<[code: number | undefined, reused: boolean]>((resolve, reject) => {
      const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
      const options = { host: '127.0.0.1', port: server.port, method, path, agent, headers };
      const sent = httpsRequest(options, (answer) => {
        answer.resume().once('end', () => resolve([answer.statusCode, sent.reusedSocket]));
      });
      sent.once('error', reject).end(body);
    });
  expect(await ask('GET', `${CONFIG_MAPS}/missing`)).toEqual([404, false]);
  expect(await ask('GET', `${CONFIG_MAPS}/missing`)).toEqual([404, true]);
  // Refused by its path alone: the body is not looked at.
  expect(await ask('POST', `${CONFIG_MAPS}/x/nothing`, JSON.stringify(configMap('x')))).toEqual([404, true]);
  expect(await ask('GET', `${CONFIG_MAPS}/missing`)).toEqual([404, false]);
  agent.destroy();
});

test('a handler that crashes is a 500 Status, and the server goes on', async () => {
  const cache = server.api.registry.cacheOf({ group: '', version: 'v1', plural: 'configmaps' });
  const crash = jest.spyOn(cache, 'get').mockImplementationOnce(() => {
    throw new Error('boom');
  });
  const answer = await server.send('GET', `${CONFIG_MAPS}/after`);
  expect([answer.code, answer.json<Status>().reason]).toEqual([500, 'InternalError']);
  crash.mockRestore();
  expect((await server.send('GET', `${CONFIG_MAPS}/after`)).code).toBe(200);
});
