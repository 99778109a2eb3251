/**
 * The proxy subresources, from the API server through a kubelet's port into a pod: here an HTTP server of this test.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Status } from '../../helper/api/status-error';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;
let kubelet: ReturnType<typeof createServer>;
let application: Server;

/** Says what it was asked; `/page` has a link, `/moved` a redirect. */
function startApplication(): Promise<void> {
  application = createHttpServer((request, response) => {
    if (request.url === '/page') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      return response.end('<a href="/rewriteme">test</a>');
    }
    if (request.url === '/moved') return response.writeHead(302, { Location: '/there' }).end();
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method, url, headers } = request;
      response.setHeader('Access-Control-Allow-Origin', '*');
      response.end(JSON.stringify({ method, url, headers, body }));
    });
  });
  application.on('upgrade', (request, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${request.url}`);
    socket.pipe(socket);
  });
  return new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
}

/** The part of a kubelet that is asked: `/dial`, into the application whatever the port; port 1 refuses. */
function startKubelet(pki: (file: string) => Buffer): Promise<void> {
  kubelet = createServer({ cert: pki('kubelet.crt'), key: pki('kubelet.key') }, (request, response) =>
    response.end(`kubelet ${request.method} ${request.url}`),
  );
  kubelet.on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy());
    if (request.url?.endsWith('/1')) {
      socket
        .end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 18\r\n\r\nconnection refused')
        .resume();
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    const inside = connect((application.address() as AddressInfo).port, '127.0.0.1');
    inside.on('error', () => socket.destroy());
    socket.pipe(inside).pipe(socket);
  });
  return new Promise((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
}

const asMerge = { headers: { 'content-type': 'application/merge-patch+json' } };
const NAMESPACE = '/api/v1/namespaces/default';

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await startApplication();
  await startKubelet((file) => readFileSync(join(server.settings.home, 'pki', file)));
  const { port } = kubelet.address() as AddressInfo;
  await server.send('POST', '/api/v1/nodes', { metadata: { name: 'node1' } });
  const nodeStatus = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.send('PATCH', '/api/v1/nodes/node1/status', { status: nodeStatus }, asMerge);
  const containers = [{ name: 'c', image: 'busybox', ports: [{ containerPort: 8080 }] }];
  await server.send('POST', PODS, { ...pod('one'), spec: { containers } });
  await server.send('POST', `${PODS}/one/binding`, { target: { kind: 'Node', name: 'node1' } });
  await server.send('PATCH', `${PODS}/one/status`, { status: { podIP: '192.0.2.7' } }, asMerge);
  const ports = [
    { name: 'web', port: 80 },
    { name: 'other', port: 81 },
  ];
  await server.send('POST', `${NAMESPACE}/services`, { metadata: { name: 'svc' }, spec: { ports } });
  const address = { ip: '192.0.2.7', targetRef: { kind: 'Pod', name: 'one', namespace: 'default' } };
  const subsets = [{ addresses: [address], ports: [{ name: 'web', port: 8080 }] }];
  await server.send('POST', `${NAMESPACE}/endpoints`, { metadata: { name: 'svc' }, subsets });
});
afterAll(async () => {
  kubelet.closeAllConnections();
  kubelet.close();
  application.closeAllConnections();
  application.close();
  await server.stop();
});

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
  '%s reaches pod and service, path and body with it',
  async (method) => {
    for (const way of [
      'pods/one',
      'pods/http:one:8080',
      'services/svc:web',
      'services/svc:80',
      'services/http:svc:web',
    ]) {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? 'sent' : undefined;
      const answer = await server.send(method, `${NAMESPACE}/${way}/proxy/some/a%2Fb?q=1&watch=1`, body);
      expect(answer.code).toBe(200);
      expect(answer.json<Echo>()).toMatchObject({ method, url: '/some/a%2Fb?q=1&watch=1', body: body ?? '' });
    }
  },
);

test('the credentials stay here, the way is told, and CORS headers of the pod do not speak for the API server', async () => {
  const answer = await server.send('GET', `${PODS}/one/proxy/x`);
  const { headers } = answer.json<Echo>();
  expect(headers.authorization).toBeUndefined();
  expect(headers).toMatchObject({
    host: '192.0.2.7:8080',
    'x-forwarded-for': expect.stringContaining('127.0.0.1'),
    'x-forwarded-uri': `${PODS}/one/proxy/x`,
  });
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('links and redirects come back through the proxy', async () => {
  expect((await server.send('GET', `${PODS}/one/proxy/page`)).text).toBe(
    `<a href="${PODS}/one/proxy/rewriteme">test</a>`,
  );
  expect((await server.send('GET', `${PODS}/one/proxy/moved`)).headers.location).toBe(`${PODS}/one/proxy/there`);
  const root = await server.send('GET', `${PODS}/one/proxy?x=1`);
  expect([root.code, root.headers.location]).toEqual([301, `${PODS}/one/proxy/?x=1`]);
  expect((await server.send('POST', `${PODS}/one/proxy?x=1`, 'b')).json<Echo>().url).toBe('/?x=1');
});

test.each([
  ['services/svc:82/proxy/', 503, 'no service port 82 found for service "svc"'],
  ['services/svc:other/proxy/', 503, 'no endpoints available for service "svc:other"'],
  ['services/none/proxy/', 404, 'endpoints "none" not found'],
  ['services/ftp:svc:80/proxy/', 400, 'invalid service request "ftp:svc:80"'],
  ['pods/none/proxy/', 404, 'pods "none" not found'],
  ['pods/one:1/proxy/', 503, 'error trying to reach service: connection refused'],
])('%s answers %d', async (path, code, message) => {
  const answer = await server.send('GET', `${NAMESPACE}/${path}`);
  expect([answer.code, answer.json<Status>().message]).toEqual([code, message]);
});

test('a node is its kubelet', async () => {
  const { port } = kubelet.address() as AddressInfo;
  expect((await server.send('GET', '/api/v1/nodes/node1/proxy/healthz')).text).toBe('kubelet GET /healthz');
  expect((await server.send('GET', `/api/v1/nodes/node1:${port}/proxy/logs/`)).text).toBe('kubelet GET /logs/');
});

test('an upgrade becomes a pipe of bytes', async () => {
  const { request } = await import('node:https');
  const headers = { authorization: `Bearer ${server.token}`, connection: 'Upgrade', upgrade: 'echo' };
  const path = `${PODS}/one/proxy/chat?a=b`;
  const asked = request({ host: '127.0.0.1', port: server.port, ca: server.ca, path, headers, agent: false });
  const heard = await new Promise<string>((resolve, reject) => {
    asked.on('upgrade', (_response, socket, head) => {
      let text = String(head);
      socket.write('!');
      socket.on('data', (chunk: Buffer) => {
        text += chunk;
        if (!text.endsWith('!')) return;
        socket.destroy();
        resolve(text);
      });
    });
    asked.on('error', reject).end();
  });
  expect(heard).toBe('/chat?a=b!');
});
