/** Probes over real sockets on loopback: HTTP with redirects, TCP, and gRPC health over HTTP/2. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Probe } from 'kubernetes-types/core/v1';
import type { Runtime } from '../../runtime/runtime';
import { decodeStatus, encodeRequest } from './grpc-probe';
import { runProbe } from './run-probe';

const servers: NetServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server | Http2Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const container = { name: 'a', image: 'busybox' };
const probe = (spec: Probe) =>
  runProbe({} as Runtime, { timeoutSeconds: 1, ...spec }, { containerId: 'c', container, podIp: '127.0.0.1' });

describe('runProbe() httpGet', () => {
  const serve = (listener: RequestListener) => portOf(createServer(listener));

  test('sends the headers of the spec in place of its own, and names the host it is told', async () => {
    let seen: NodeJS.Dict<string | string[]> = {};
    const port = await serve((request, response) => {
      seen = { ...request.headers, url: request.url };
      response.end('ok');
    });
    const httpHeaders = [
      { name: 'Host', value: 'my.host' },
      { name: 'User-Agent', value: 'me' },
      { name: 'Accept', value: '' },
      { name: 'X-A', value: '1' },
    ];
    expect(await probe({ httpGet: { port, path: 'a b?x=%20', httpHeaders } })).toEqual({
      outcome: 'success',
      output: '',
    });
    expect(seen).toMatchObject({ host: 'my.host', 'user-agent': 'me', 'x-a': '1', url: '/a%20b?x=%20' });
    expect(seen).not.toHaveProperty('accept');
  });

  test.each([
    ['a failing status', 500, undefined, { outcome: 'failure', output: 'HTTP probe failed with statuscode: 500' }],
    ['a redirect to the same host', 302, '/end', { outcome: 'success', output: '' }],
    [
      'a redirect elsewhere',
      302,
      'http://0.0.0.0/',
      { outcome: 'warning', output: 'Probe terminated redirects, Response body: moved' },
    ],
  ])('judges %s', async (_, status, location, expected) => {
    const port = await serve((request, response) => {
      if (request.url === '/end') response.end('ok');
      else response.writeHead(status, location ? { location } : {}).end('moved');
    });
    expect(await probe({ httpGet: { port, path: '/' } })).toEqual(expected);
  });

  test('fails when nothing answers in time, or nobody listens, in words users know', async () => {
    const port = await serve(() => undefined);
    expect((await probe({ httpGet: { port }, timeoutSeconds: 0.05 })).output).toBe(
      `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
    expect((await probe({ httpGet: { port: 1 } })).output).toBe(
      'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    );
  });

  test('does not count a probe of a port that has no such name', async () => {
    expect(await probe({ httpGet: { port: 'web' } })).toMatchObject({ outcome: 'unknown' });
  });
});

test('runProbe() tcpSocket connects, or fails', async () => {
  const port = await portOf(createServer());
  expect((await probe({ tcpSocket: { port } })).outcome).toBe('success');
  expect(await probe({ tcpSocket: { port: 1 } })).toEqual({
    outcome: 'failure',
    output: 'dial tcp 127.0.0.1:1: connect: connection refused',
  });
});

describe('runProbe() grpc', () => {
  /** A health service that knows one service name. */
  const serve = async (status: number, grpcStatus = '0', message = 'no%20way') => {
    const server = createHttp2Server();
    const asked: Buffer[] = [];
    server.on('stream', (stream) => {
      stream.on('data', (chunk: Buffer) => asked.push(chunk));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcStatus, 'grpc-message': message }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
      });
    });
    return { port: await portOf(server), asked };
  };

  test('asks for the service and takes SERVING for success', async () => {
    const { port, asked } = await serve(1);
    expect(await probe({ grpc: { port, service: 'db' } })).toEqual({
      outcome: 'success',
      output: 'service healthy',
    });
    expect(Buffer.concat(asked)).toEqual(Buffer.from([0, 0, 0, 0, 4, 0x0a, 2, 0x64, 0x62]));
  });

  test('fails on another status, an error of the call, and a server that is not there', async () => {
    const unhealthy = await serve(2);
    expect(await probe({ grpc: { port: unhealthy.port } })).toEqual({
      outcome: 'failure',
      output: 'service unhealthy (responded with "NOT_SERVING")',
    });
    const other = await serve(1, '12');
    expect((await probe({ grpc: { port: other.port } })).output).toBe(
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no way',
    );
    expect((await probe({ grpc: { port: 1 } })).output).toBe(
      'timeout: failed to connect service "127.0.0.1:1" within 1s: context deadline exceeded',
    );
    const odd = await serve(1, '14', '100%');
    expect((await probe({ grpc: { port: odd.port } })).output).toBe(
      'error: health rpc probe failed: rpc error: code = Unavailable desc = 100%',
    );
    const unknown = await serve(1, '5');
    expect((await probe({ grpc: { port: unknown.port, service: 'none' } })).output).toBe(
      'error: health rpc probe failed: rpc error: code = NotFound desc = no way',
    );
  });

  test('fails on a server that speaks no gRPC, and on one that does not answer', async () => {
    const refuse = createHttp2Server((_, response) => {
      response.statusCode = 404;
      response.end();
    });
    expect((await probe({ grpc: { port: await portOf(refuse) } })).output).toBe(
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unexpected HTTP status code received from server: 404 (Not Found)',
    );
    const silent = createHttp2Server(() => undefined);
    expect((await probe({ grpc: { port: await portOf(silent) } })).output).toBe(
      'timeout: health rpc did not complete within 1s',
    );
  });

  test('waits for a server that comes within its time', async () => {
    const late = createHttp2Server((_, response) => {
      response.stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
    });
    const port = await portOf(late);
    await new Promise((resolve) => late.close(resolve));
    setTimeout(() => late.listen(port, '127.0.0.1'), 300);
    expect((await probe({ timeoutSeconds: 5, grpc: { port } })).output).toBe(
      'service unhealthy (responded with "UNKNOWN")',
    );
    late.close();
  });

  test('encodeRequest() and decodeStatus() know the empty message', () => {
    expect(encodeRequest('')).toEqual(Buffer.from([0, 0, 0, 0, 0]));
    expect(decodeStatus(Buffer.from([0, 0, 0, 0, 0]))).toBe('UNKNOWN');
    expect(encodeRequest('x'.repeat(200)).subarray(5, 8)).toEqual(Buffer.from([0x0a, 200, 1]));
  });
});
