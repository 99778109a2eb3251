import { deploymentResource } from '../api/apps/deployment';
import { nodeResource } from '../api/core/node';
import { type Pod, podResource } from '../api/core/pod';
import type { WatchEvent } from '../api/meta';
import { isConflict, isExpired, isNotFound, notFound, StatusError } from '../api/status-error';
import { isUnreachable } from './connection-error';
import { createClient, type RestClient } from './rest-client';
import { type StubHandler, StubServer, sendJson } from './stub-server';

const pod = (name: string, resourceVersion = '1'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', resourceVersion },
});

describe('createClient()', () => {
  let server: StubServer;
  let client: RestClient;
  const warnings: string[] = [];
  const answer = (handler: StubHandler) => {
    server.handler = handler;
  };

  beforeEach(async () => {
    server = await new StubServer((_request, response) => sendJson(response, 200, pod('web'))).start();
    const config = { server: server.url, token: 'secret' };
    client = createClient(config, {
      userAgent: 'tester/1.0',
      timeoutMs: 1000,
      onWarning: (text) => warnings.push(text),
    });
  });
  afterEach(async () => {
    client.close();
    await server.stop();
    warnings.length = 0;
  });

  test.each<[string, () => Promise<unknown>, string, string]>([
    ['get()', () => client.get(podResource, 'default', 'web'), 'GET', '/api/v1/namespaces/default/pods/web'],
    ['get() of cluster scope', () => client.get(nodeResource, '', 'n'), 'GET', '/api/v1/nodes/n'],
    ['list()', () => client.list(deploymentResource), 'GET', '/apis/apps/v1/deployments'],
    [
      'list() with selectors',
      () =>
        client.list(podResource, {
          namespace: 'a',
          labelSelector: 'app in (x,y)',
          fieldSelector: 'spec.nodeName=n',
          limit: 5,
        }),
      'GET',
      '/api/v1/namespaces/a/pods?labelSelector=app%20in%20(x%2Cy)&fieldSelector=spec.nodeName%3Dn&limit=5',
    ],
    [
      'create()',
      () => client.create(podResource, pod('web')),
      'POST',
      '/api/v1/namespaces/default/pods?fieldManager=tester',
    ],
    [
      'create() as dry run',
      () => client.create(podResource, pod('web'), { dryRun: true, fieldManager: 'me' }),
      'POST',
      '/api/v1/namespaces/default/pods?fieldManager=me&dryRun=All',
    ],
    [
      'update()',
      () => client.update(podResource, pod('web')),
      'PUT',
      '/api/v1/namespaces/default/pods/web?fieldManager=tester',
    ],
    [
      'updateStatus()',
      () => client.updateStatus(podResource, pod('web')),
      'PUT',
      '/api/v1/namespaces/default/pods/web/status?fieldManager=tester',
    ],
    [
      'patch()',
      () => client.patch(podResource, 'default', 'web', 'merge', {}, { subresource: 'status' }),
      'PATCH',
      '/api/v1/namespaces/default/pods/web/status?fieldManager=tester',
    ],
    ['delete()', () => client.delete(podResource, 'default', 'web'), 'DELETE', '/api/v1/namespaces/default/pods/web'],
    [
      'createSubresource()',
      () => client.createSubresource(podResource, 'default', 'web', 'binding', {}),
      'POST',
      '/api/v1/namespaces/default/pods/web/binding?fieldManager=tester',
    ],
  ])('%s asks the right path', async (_name, call, method, url) => {
    await call();
    expect(server.requests).toMatchObject([
      { method, url, headers: { authorization: 'Bearer secret', 'user-agent': 'tester/1.0' } },
    ]);
  });

  test('patch() says which kind of patch it is', async () => {
    for (const type of ['json', 'merge', 'strategic', 'apply'] as const)
      await client.patch(podResource, '', 'web', type, []);
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  });

  test('withCause() sends the cause of a write', async () => {
    await client.withCause('deployments.apps/default/web@7').create(podResource, pod('web'));
    expect(server.requests[0]?.headers['minik8s-cause']).toBe('deployments.apps/default/web@7');
  });

  test('failures are the StatusErrors of the server', async () => {
    answer((_request, response) => sendJson(response, 404, notFound(podResource, 'web').toStatus()));
    const error = await client.get(podResource, 'default', 'web').catch((caught: unknown) => caught);
    expect(isNotFound(error)).toBe(true);
    expect(error).toMatchObject({ message: 'pods "web" not found', code: 404, details: { name: 'web' } });
    expect(isUnreachable(error)).toBe(false);
  });

  test('an answer that is no Status becomes an error with its HTTP code', async () => {
    answer((_request, response) => response.writeHead(409, { 'content-type': 'text/plain' }).end('no'));
    const error = await client.update(podResource, pod('web')).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 409, message: 'no' });
    expect(isConflict(error)).toBe(false);
  });

  test('a server that is not there is told apart from one that fails', async () => {
    await server.stop();
    const error = await client.get(podResource, 'default', 'web').catch((caught: unknown) => caught);
    expect(isUnreachable(error)).toBe(true);
    expect(String(error)).toContain('was refused - did you specify the right host or port?');
  });

  test('a server that does not answer in time is unreachable', async () => {
    answer(() => {});
    const hasty = createClient({ server: server.url }, { timeoutMs: 20 });
    const error = await hasty.get(podResource, 'default', 'web').catch((caught: unknown) => caught);
    hasty.close();
    expect(isUnreachable(error)).toBe(true);
    expect(String(error)).toContain('within 20 ms');
  });

  test('429 is waited for a bounded number of times', async () => {
    answer((_request, response) =>
      server.requests.length < 3
        ? sendJson(response, 429, {}, { 'retry-after': '0' })
        : sendJson(response, 200, pod('web')),
    );
    await client.get(podResource, 'default', 'web');
    expect(server.requests).toHaveLength(3);
    answer((_request, response) => sendJson(response, 429, {}, { 'retry-after': '0' }));
    await expect(client.get(podResource, 'default', 'web')).rejects.toMatchObject({ code: 429 });
    expect(server.requests).toHaveLength(8);
  });

  /** Cuts the connection of the second request once, as a server that just closed a kept connection does. */
  const closeKeptConnection = async () => {
    await client.get(podResource, 'default', 'web');
    let cuts = 1;
    answer((request, response) => {
      if (cuts-- > 0) request.socket.destroy();
      else sendJson(response, 200, pod('web'));
    });
  };

  test('a call that may be repeated survives a kept connection that was closed', async () => {
    await closeKeptConnection();
    expect((await client.get(podResource, 'default', 'web')).metadata.name).toBe('web');
    expect(server.requests).toHaveLength(3);
  });

  test('a create is never sent twice', async () => {
    await closeKeptConnection();
    const error = await client.create(podResource, pod('web')).catch((caught: unknown) => caught);
    expect(isUnreachable(error)).toBe(true);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test.each<[string, object, boolean]>([
    ['a Status: gone', { kind: 'Status', status: 'Success' }, false],
    ['the last state of an object: gone', pod('web'), false],
    [
      'an object that waits for its grace period',
      { ...pod('web'), metadata: { name: 'web', deletionTimestamp: 't', deletionGracePeriodSeconds: 30 } },
      true,
    ],
    [
      'an object deleted by force: gone',
      { ...pod('web'), metadata: { name: 'web', deletionTimestamp: 't', deletionGracePeriodSeconds: 0 } },
      false,
    ],
    [
      'an object with finalizers',
      {
        ...pod('web'),
        metadata: { name: 'web', deletionTimestamp: 't', deletionGracePeriodSeconds: 0, finalizers: ['a/b'] },
      },
      true,
    ],
  ])('delete() answered with %s', async (_name, body, isThere) => {
    answer((_request, response) => sendJson(response, 200, body));
    const left = await client.delete(podResource, 'default', 'web', { uid: 'u', propagationPolicy: 'Orphan' });
    expect(left !== undefined).toBe(isThere);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u' },
    });
  });

  test('list() gives items the apiVersion and kind the list has', async () => {
    answer((_request, response) =>
      sendJson(response, 200, { kind: 'PodList', metadata: {}, items: [{ metadata: { name: 'a' } }] }),
    );
    expect((await client.list(podResource)).items).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
    ]);
  });

  test('raw() returns text when the answer is not JSON, and sends text as it is', async () => {
    answer((_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('ok'));
    expect(await client.raw('POST', '/readyz', 'a: 1', { 'Content-Type': 'application/yaml' })).toBe('ok');
    expect(server.requests[0]).toMatchObject({ body: 'a: 1', headers: { 'content-type': 'application/yaml' } });
  });

  test('warnings of the server are handed on', async () => {
    answer((_request, response) =>
      sendJson(response, 200, pod('web'), { warning: '299 - "unknown field \\"spec.x\\"", 299 - "second"' }),
    );
    await client.get(podResource, 'default', 'web');
    expect(warnings).toEqual(['unknown field "spec.x"', 'second']);
  });

  describe('watch()', () => {
    const read = async (events: AsyncIterable<WatchEvent>) => {
      const seen: string[] = [];
      for await (const { type, object } of events) seen.push(`${type} ${object.metadata.name}`);
      return seen;
    };
    const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

    test('reads events, however the lines are torn', async () => {
      const text = Buffer.from(line('ADDED', pod('grün')) + line('DELETED', pod('b')));
      answer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const byte of text) response.write(Buffer.from([byte]));
        response.end();
      });
      const watch = client.watch(
        podResource,
        { namespace: 'default', resourceVersion: '5', allowWatchBookmarks: true },
        new AbortController().signal,
      );
      expect(await read(watch)).toEqual(['ADDED grün', 'DELETED b']);
      expect(server.requests[0]?.url).toBe(
        '/api/v1/namespaces/default/pods?resourceVersion=5&allowWatchBookmarks=true&watch=true',
      );
    });

    test.each<[string, StubHandler]>([
      [
        'as event',
        (_request, response) =>
          response.writeHead(200).end(line('ERROR', new StatusError('Expired', 'too old').toStatus())),
      ],
      ['as answer', (_request, response) => sendJson(response, 410, new StatusError('Expired', 'too old').toStatus())],
    ])('throws Expired that comes %s', async (_name, handler) => {
      answer(handler);
      const error = await read(client.watch(podResource, {}, new AbortController().signal)).catch(
        (caught: unknown) => caught,
      );
      expect(isExpired(error)).toBe(true);
    });

    test('ends quietly when aborted, and throws when the connection is cut', async () => {
      answer((_request, response) => {
        response.writeHead(200);
        response.write(line('ADDED', pod('a')));
      });
      const abort = new AbortController();
      for await (const _ of client.watch(podResource, {}, abort.signal)) abort.abort();
      const error = await (async () => {
        for await (const _ of client.watch(podResource, {}, new AbortController().signal)) server.cut();
      })().catch((caught: unknown) => caught);
      expect(isUnreachable(error)).toBe(true);
    });
  });
});
