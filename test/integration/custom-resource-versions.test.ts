/**
 * Several versions of a custom kind: translated by a webhook, deprecated, or no longer served.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, openAuthority } from '../../helper/pki/certificate-authority';
import { until } from '../../helper/process/until';
import { MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const pathOf = (version: string) => `/apis/example.com/${version}/namespaces/default/hosts`;
const text = { type: 'string' };
const schemaOf = (names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, text])),
});

interface Host {
  apiVersion: string;
  metadata: { name: string };
  hostPort?: string;
  host?: string;
  port?: string;
}

/** v1 says `hostPort: a:1`, v2 says `host: a` and `port: 1`. */
function convertHost({ hostPort, host, port, ...rest }: Host, apiVersion: string): Host {
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [first = '', second = ''] = (hostPort ?? '').split(':');
  return { ...rest, apiVersion, host: first, port: second };
}

let server: TestServer;
let webhook: Server;
let caBundle: string;
let isBroken = false;
let asked = 0;

beforeAll(async () => {
  const authority = openAuthority(await createAuthority('test', new Date()));
  const request = { commonName: 'webhook', usages: ['server' as const], ipAddresses: ['127.0.0.1'] };
  const { certificate, key } = await authority.sign(request, new Date());
  caBundle = Buffer.from(authority.certificate).toString('base64');
  webhook = createServer({ cert: certificate, key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      asked++;
      const { apiVersion, kind, request } = JSON.parse(Buffer.concat(chunks).toString());
      const convertedObjects = request.objects.map((host: Host) => convertHost(host, request.desiredAPIVersion));
      const result = isBroken ? { status: 'Failed', message: 'out of order' } : { status: 'Success' };
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: request.uid, result, convertedObjects } }));
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  webhook.closeAllConnections();
  webhook.close();
});
beforeEach(async () => {
  isBroken = false;
  asked = 0;
  server = await startTestServer();
});
afterEach(() => server.stop());

function definition(conversion?: object) {
  return {
    metadata: { name: 'hosts.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'hosts', kind: 'Host' },
      ...(conversion ? { conversion } : {}),
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schemaOf(['hostPort']) } },
        { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: schemaOf(['host', 'port']) } },
      ],
    },
  };
}
const byWebhook = () => ({
  strategy: 'Webhook',
  webhook: {
    clientConfig: { url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/convert`, caBundle },
    conversionReviewVersions: ['v1'],
  },
});

async function define(given: object): Promise<void> {
  const { code, text: answer } = await server.send('POST', DEFINITIONS, given);
  expect([code, answer]).toEqual([201, expect.any(String)]);
  await until(async () => (await server.send('GET', pathOf('v1'))).code === 200);
}

const make = (version: string, host: object) => server.send('POST', pathOf(version), host);

describe('conversion by a webhook', () => {
  it('shows each object in every version', async () => {
    await define(definition(byWebhook()));
    expect((await make('v1', { metadata: { name: 'a' }, hostPort: 'x:1' })).code).toBe(201);
    expect((await make('v2', { metadata: { name: 'b' }, host: 'y', port: '2' })).code).toBe(201);
    expect((await server.send('GET', `${pathOf('v2')}/a`)).json()).toMatchObject({ host: 'x', port: '1' });
    expect((await server.send('GET', `${pathOf('v1')}/b`)).json()).toMatchObject({ hostPort: 'y:2' });
    const patched = await server.send('PATCH', `${pathOf('v2')}/a`, { port: '9' }, MERGE);
    expect(patched.json()).toMatchObject({ host: 'x', port: '9' });
    const { items } = (await server.send('GET', pathOf('v1'))).json<{ items: Host[] }>();
    expect(items.map(({ metadata, hostPort }) => [metadata.name, hostPort])).toEqual([
      ['a', 'x:9'],
      ['b', 'y:2'],
    ]);
  });

  it('asks once for a whole list', async () => {
    await define(definition(byWebhook()));
    for (let number = 0; number < 20; number++) await make('v1', { metadata: { name: `n${number}` }, hostPort: 'x:1' });
    expect(asked).toBe(0);
    const { items } = (await server.send('GET', pathOf('v2'))).json<{ items: Host[] }>();
    expect([items.length, asked]).toEqual([20, 1]);
  });

  it('says why an object cannot be shown, and shows it when the webhook works again', async () => {
    await define(definition(byWebhook()));
    await make('v1', { metadata: { name: 'a' }, hostPort: 'x:1' });
    isBroken = true;
    const refused = await server.send('GET', `${pathOf('v2')}/a`);
    expect([refused.code, refused.json<{ message: string }>().message]).toEqual([
      500,
      'conversion webhook for example.com/v1, Kind=Host failed: out of order',
    ]);
    expect((await server.send('GET', `${pathOf('v1')}/a`)).code).toBe(200);
    isBroken = false;
    expect((await server.send('GET', `${pathOf('v2')}/a`)).json()).toMatchObject({ host: 'x' });
  });
});

describe('versions that go away', () => {
  it('are warned about as long as they are served', async () => {
    const given = definition();
    Object.assign(given.spec.versions[0] ?? {}, { deprecated: true });
    await define(given);
    const { headers } = await server.send('GET', pathOf('v1'));
    expect(headers.warning).toBe('299 - "example.com/v1 Host is deprecated; use example.com/v2 Host"');
    expect((await server.send('GET', pathOf('v2'))).headers.warning).toBeUndefined();
    const own = [{ op: 'add', path: '/spec/versions/0/deprecationWarning', value: 'please go on' }];
    await server.send('PATCH', `${DEFINITIONS}/hosts.example.com`, own, {
      headers: { 'content-type': 'application/json-patch+json' },
    });
    await until(async () => (await server.send('GET', pathOf('v1'))).headers.warning === '299 - "please go on"');
  });

  it('are not found when they are not served', async () => {
    const given = definition();
    Object.assign(given.spec.versions[1] ?? {}, { served: false });
    await define(given);
    expect((await server.send('GET', pathOf('v2'))).code).toBe(404);
  });
});
