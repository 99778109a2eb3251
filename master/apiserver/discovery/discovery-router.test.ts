import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { StatusError } from '../../../helper/api/status-error';
import { discoveryRouter } from './discovery-router';
import { FIXTURE_KINDS } from './kinds.fixture';

const KUBECTL_ACCEPT =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

let server: Server;
let base: string;

beforeAll(async () => {
  const app = express();
  app.use(discoveryRouter({ kinds: FIXTURE_KINDS, external: [], generation: 0 }));
  app.use((_request: Request, response: Response) => void response.status(404).end());
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(error instanceof StatusError ? error.code : 500).end();
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(base + path, { headers, redirect: 'manual' });

describe('discoveryRouter()', () => {
  test.each([
    ['/api', 'APIVersions'],
    ['/apis', 'APIGroupList'],
    ['/apis/apps', 'APIGroup'],
    ['/api/v1', 'APIResourceList'],
    ['/apis/apps/v1', 'APIResourceList'],
  ])('%s is a plain %s', async (path, kind) => {
    const response = await get(path);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ kind });
  });

  test.each([
    [KUBECTL_ACCEPT, 'v2'],
    ['application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList', 'v2beta1'],
    ['application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer,application/json', 'v2'],
  ])('answers %s in form %s', async (accept, version) => {
    const response = await get('/apis', { accept });
    expect(response.headers.get('content-type')).toBe(
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    );
    expect(await response.json()).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
    });
  });

  it('/ lists the paths', async () => {
    expect(await (await get('/')).json()).toEqual({ paths: expect.arrayContaining(['/apis/apps/v1', '/version']) });
  });

  it('answers plain JSON when the client does not know our forms', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json';
    expect(await (await get('/apis', { accept })).json()).toMatchObject({ kind: 'APIGroupList' });
  });

  test.each(['/api', '/apis/apps/v1', '/openapi/v3', '/openapi/v3/api/v1'])(
    '%s answers 406 to protobuf alone',
    async (path) => {
      expect((await get(path, { accept: 'application/vnd.kubernetes.protobuf' })).status).toBe(406);
    },
  );

  test.each(['/apis/nothing', '/apis/apps/v9', '/api/v9', '/openapi/v3/apis/nothing/v1', '/apis/__proto__'])(
    '%s falls through to 404',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('answers 304 to a client that has the document', async () => {
    for (const path of ['/apis', '/version', '/openapi/v3', '/openapi/v3/api/v1']) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
    }
  });

  it('serves the documents the index names, compressed or not, to be kept for ever', async () => {
    const index = (await (await get('/openapi/v3')).json()) as { paths: Record<string, { serverRelativeURL: string }> };
    const url = index.paths['apis/apps/v1']?.serverRelativeURL ?? '';
    for (const encoding of ['gzip', 'identity']) {
      const response = await get(url, { 'accept-encoding': encoding });
      expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
      expect(response.headers.get('cache-control')).toContain('immutable');
      expect(await response.json()).toMatchObject({ openapi: '3.0.0' });
    }
    const stale = await get('/openapi/v3/apis/apps/v1?hash=OLD');
    expect([stale.status, stale.headers.get('location')]).toEqual([301, url]);
  });

  it('says which version of the API this is', async () => {
    expect(await (await get('/version')).json()).toMatchObject({
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0+minik8s',
    });
  });
});
