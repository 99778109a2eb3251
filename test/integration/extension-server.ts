/**
 * A small extension API server for tests: flunders of wardle.example.com/v1alpha1 over HTTPS on loopback.
 *
 * Like the sample-apiserver of Kubernetes it believes the user headers of whoever shows the front proxy's certificate, and nobody else's.
 */
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { createAuthority, openAuthority } from '../../helper/pki/certificate-authority';
import { storeKey } from '../../master/storage/store';
import type { TestServer } from './test-server';

export const GROUP = 'wardle.example.com';
export const ROOT = `/apis/${GROUP}/v1alpha1`;
export const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
export const API_SERVICE = `v1alpha1.${GROUP}`;
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface Flunder {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface ExtensionServer {
  readonly caBundle: string;
  readonly port: number;
  /** what came through */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers everything from now on this way: `undefined` as usual, a number with that code, `never` not at all. */
  answerWith(how: number | 'never' | 'redirect' | undefined): void;
  /** Speaks aggregated discovery, or only the older form. */
  knowsAggregated: boolean;
  stop(): Promise<void>;
}

const resource = { namespaced: true, kind: 'Flunder', verbs: VERBS };
const RESOURCE_LIST = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${GROUP}/v1alpha1`,
  resources: [{ ...resource, name: 'flunders', singularName: 'flunder', shortNames: ['fl'] }],
};
const responseKind = { group: '', version: '', kind: 'Flunder' };
const GROUP_LIST = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
      metadata: { name: GROUP },
      versions: [
        {
          version: 'v1alpha1',
          resources: [
            {
              resource: 'flunders',
              responseKind,
              scope: 'Namespaced',
              singularResource: 'flunder',
              verbs: VERBS,
              shortNames: ['fl'],
              categories: ['fish'],
            },
          ],
          freshness: 'Current',
        },
      ],
    },
  ],
};
const OPENAPI_V2 = {
  swagger: '2.0',
  info: { title: 'wardle', version: '1' },
  paths: {
    [`${ROOT}/flunders`]: { get: { responses: { 200: { schema: { $ref: '#/definitions/example.Flunder' } } } } },
  },
  definitions: { 'example.Flunder': { type: 'object', description: 'a flunder' } },
};
const OPENAPI_V3 = {
  openapi: '3.0.0',
  info: { title: 'wardle', version: '1' },
  paths: {},
  components: {
    schemas: {
      'example.Flunder': {
        type: 'object',
        description: 'a flunder',
        properties: { spec: { type: 'object', description: 'what it is' } },
        'x-kubernetes-group-version-kind': [{ group: GROUP, version: 'v1alpha1', kind: 'Flunder' }],
      },
    },
  },
};

/** The objects and who watches them. */
class Flunders {
  private readonly stored = new Map<string, Flunder>();
  private readonly watchers = new Set<ServerResponse>();
  private revision = 0;

  answer(method: string, rest: readonly string[], isWatch: boolean, body: unknown, res: ServerResponse): void {
    const at = rest.indexOf('flunders');
    const namespace = rest[0] === 'namespaces' ? rest[1] : undefined;
    const name = rest[at + 1];
    const key = `${namespace}/${name}`;
    if (method === 'POST') this.create(namespace, body as Flunder, res);
    else if (method === 'DELETE' && !name) this.deleteAll(namespace, res);
    else if (name && !this.stored.has(key)) sendJson(res, 404, status(404, 'NotFound', `flunders "${name}" not found`));
    else if (name && method === 'DELETE') {
      this.tell('DELETED', this.stored.get(key));
      this.stored.delete(key);
      sendJson(res, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
    } else if (name) sendJson(res, 200, this.stored.get(key));
    else if (isWatch) this.watch(res);
    else sendJson(res, 200, this.list(namespace));
  }

  private create(namespace: string | undefined, body: Flunder, res: ServerResponse): void {
    const metadata = {
      ...body.metadata,
      namespace,
      uid: `u${++this.revision}`,
      resourceVersion: String(this.revision),
    };
    const created = { ...body, metadata } as Flunder;
    this.stored.set(`${namespace}/${body.metadata.name}`, created);
    this.tell('ADDED', created);
    sendJson(res, 201, created);
  }

  private deleteAll(namespace: string | undefined, res: ServerResponse): void {
    for (const [key, object] of this.stored) if (object.metadata.namespace === namespace) this.stored.delete(key);
    sendJson(res, 200, this.list(namespace));
  }

  private list(namespace: string | undefined) {
    const items = [...this.stored.values()].filter(({ metadata }) => !namespace || metadata.namespace === namespace);
    const metadata = { resourceVersion: String(this.revision) };
    return { kind: 'FlunderList', apiVersion: `${GROUP}/v1alpha1`, metadata, items };
  }

  private watch(res: ServerResponse): void {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.flushHeaders();
    this.watchers.add(res);
    res.on('close', () => this.watchers.delete(res));
  }

  private tell(type: string, object: Flunder | undefined): void {
    for (const res of this.watchers) res.write(`${JSON.stringify({ type, object })}\n`);
  }
}

const status = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason,
  message,
  code,
});

function sendJson(res: ServerResponse, code: number, body: unknown, type = 'application/json'): void {
  res.writeHead(code, { 'content-type': type });
  res.end(JSON.stringify(body));
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : undefined;
}

/** Discovery and OpenAPI; false when the path is neither. */
function answerDocument(path: string, accept: string, knowsAggregated: boolean, res: ServerResponse): boolean {
  if (path === '/apis' && knowsAggregated && accept.includes('as=APIGroupDiscoveryList')) {
    sendJson(res, 200, GROUP_LIST, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  } else if (path === '/apis') sendJson(res, 200, { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
  else if (path === ROOT) sendJson(res, 200, RESOURCE_LIST);
  else if (path === '/openapi/v2') sendJson(res, 200, OPENAPI_V2);
  else if (path === '/openapi/v3') {
    sendJson(res, 200, { paths: { [ROOT.slice(1)]: { serverRelativeURL: `/openapi/v3${ROOT}?hash=1` } } });
  } else if (path === `/openapi/v3${ROOT}`) sendJson(res, 200, OPENAPI_V3);
  else return false;
  return true;
}

/** Starts one that trusts this API server's front proxy; its certificate is for `dnsNames`. */
export async function startExtensionServer(
  api: TestServer,
  dnsNames: readonly string[] = ['sample-api.default.svc'],
): Promise<ExtensionServer> {
  const now = new Date();
  const authority = openAuthority(await createAuthority('sample-ca', now));
  const pair = await authority.sign({ commonName: 'sample', usages: ['server'], dnsNames }, now);
  const ca = readFileSync(join(api.settings.home, 'pki', 'front-proxy-ca.crt'));
  const flunders = new Flunders();
  const asked: ExtensionServer['asked'] = [];
  let how: Parameters<ExtensionServer['answerWith']>[0];
  const extension = { knowsAggregated: true };
  const tls = { cert: pair.certificate, key: pair.key, ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, async (req, res) => {
    const url = new URL(req.url ?? '/', 'https://sample');
    const socket = req.socket as TLSSocket;
    if (!socket.authorized || socket.getPeerCertificate().subject.CN !== 'front-proxy-client') {
      sendJson(res, 401, status(401, 'Unauthorized', 'Unauthorized'));
      return;
    }
    // What the API server asks by itself is not counted, and finds the server well unless it answers with a code.
    const isCheck = req.headers['x-remote-user'] === 'system:kube-aggregator';
    if (!isCheck) asked.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers });
    if (how === 'never' && !isCheck) return;
    if (how === 'redirect' && !isCheck) res.writeHead(302, { location: 'https://elsewhere.example.com/' }).end();
    else if (typeof how === 'number') sendJson(res, how, status(how, 'InternalError', 'broken on purpose'));
    else if (!answerDocument(url.pathname, req.headers.accept ?? '', extension.knowsAggregated, res)) {
      const rest = url.pathname.slice(ROOT.length + 1).split('/');
      flunders.answer(req.method ?? '', rest, url.searchParams.get('watch') === 'true', await bodyOf(req), res);
    }
  });
  // Echoes what it is sent, as exec would talk.
  server.on('upgrade', (req, socket) => {
    asked.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(extension, {
    caBundle: Buffer.from(authority.certificate).toString('base64'),
    port: (server.address() as AddressInfo).port,
    asked,
    answerWith(wanted: typeof how) {
      how = wanted;
    },
    stop() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

/**
 * A Service `sample-api` and what is behind it. The endpoints are written into the store: the API refuses those on loopback.
 */
export async function makeService(api: TestServer, port: number, namespace = 'default'): Promise<void> {
  const service = { metadata: { name: 'sample-api' }, spec: { clusterIP: 'None', ports: [{ port: 443 }] } };
  await api.send('POST', `/api/v1/namespaces/${namespace}/services`, service);
  const slice = {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { name: 'sample-api', namespace, labels: { 'kubernetes.io/service-name': 'sample-api' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: '', port, protocol: 'TCP' }],
  };
  await api.store.create(sliceKey(namespace), Buffer.from(JSON.stringify(slice)));
}

/** Says whether the endpoint behind the Service is ready. */
export async function setReady(api: TestServer, namespace: string, isReady: boolean): Promise<void> {
  const found = await api.store.get(sliceKey(namespace));
  const text = found?.value.toString().replace(/"ready":(true|false)/, `"ready":${isReady}`) ?? '';
  await api.store.update(sliceKey(namespace), Buffer.from(text), found?.revision ?? 0);
}

const sliceKey = (namespace: string) => storeKey(endpointSliceResource, namespace, 'sample-api');

/** The APIService that leads to it. */
export const apiService = (spec: object) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: API_SERVICE },
  spec: {
    service: { namespace: 'default', name: 'sample-api' },
    group: GROUP,
    version: 'v1alpha1',
    groupPriorityMinimum: 2000,
    versionPriority: 200,
    ...spec,
  },
});
