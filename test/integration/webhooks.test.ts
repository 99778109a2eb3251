/**
 * Admission webhooks over a real api-server, with a webhook of the test's own on loopback.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { storeKey } from '../../master/storage/store';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { startWebhookServer, type WebhookServer } from './webhook-server';

let server: TestServer;
let hooks: WebhookServer;

beforeAll(async () => {
  server = await startTestServer();
  hooks = await startWebhookServer(['hook.default.svc']);
  await makeDefaultAccount(server);
}, 30_000);
afterAll(async () => {
  await hooks?.stop();
  await server?.stop();
});

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const made: string[] = [];

afterEach(async () => {
  for (const path of made.splice(0)) await server.send('DELETE', path);
  hooks.asked.length = 0;
});

const RULES = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['configmaps'] }];
// The test's own namespace only: everything else in the server goes on undisturbed.
const NAMESPACE = { matchLabels: { 'kubernetes.io/metadata.name': 'default' } };

async function configure(kind: 'Mutating' | 'Validating', name: string, webhooks: object[]): Promise<void> {
  const path = `${GROUP}/${kind.toLowerCase()}webhookconfigurations`;
  const complete = webhooks.map((webhook, index) => ({
    name: `hook${index}.${name}.example.com`,
    rules: RULES,
    namespaceSelector: NAMESPACE,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    ...webhook,
  }));
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: complete,
  };
  const answer = await server.send('POST', path, body);
  expect(answer.text).toContain('"uid"');
  made.push(`${path}/${name}`);
}

async function create(path: string, body: object, query = '') {
  const { code, headers, json } = await server.send('POST', path + query, body);
  const answer = json<{ message?: string; reason?: string; data?: object; metadata: Record<string, unknown> }>();
  made.push(`${path}/${(body as { metadata: { name: string } }).metadata.name}`);
  return { code, answer, warnings: headers.warning };
}

describe('a validating webhook', () => {
  it('denies with its own words and code, and warns', async () => {
    const clientConfig = hooks.on('/deny', ({ object }) => ({
      allowed: object?.metadata.name !== 'bad',
      status: { code: 403, message: 'the name is bad' },
      warnings: ['think twice'],
      auditAnnotations: { verdict: 'seen' },
    }));
    await configure('Validating', 'deny', [{ clientConfig }]);
    const { code, answer, warnings } = await create(CONFIG_MAPS, configMap('bad'));
    expect(code).toBe(403);
    expect(answer.message).toBe('admission webhook "hook0.deny.example.com" denied the request: the name is bad');
    expect(warnings).toContain('think twice');
    expect((await create(CONFIG_MAPS, configMap('good'))).code).toBe(201);
    expect(hooks.asked.at(-1)?.question).toMatchObject({
      operation: 'CREATE',
      name: 'good',
      namespace: 'default',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      dryRun: false,
      oldObject: null,
      options: { kind: 'CreateOptions' },
    });
  });

  it('is asked about updates, patches and deletions with the old object', async () => {
    await create(CONFIG_MAPS, configMap('old', { a: '1' }));
    const clientConfig = hooks.on('/writes', ({ operation }) => ({ allowed: operation === 'DELETE' }));
    await configure('Validating', 'writes', [{ clientConfig }]);
    const patched = await server.send('PATCH', `${CONFIG_MAPS}/old`, { data: { a: '2' } }, MERGE);
    expect([patched.code, patched.json<{ message: string }>().message]).toEqual([
      400,
      'admission webhook "hook0.writes.example.com" denied the request without explanation',
    ]);
    expect(hooks.asked[0]?.question).toMatchObject({
      operation: 'UPDATE',
      object: { data: { a: '2' } },
      oldObject: { data: { a: '1' } },
      options: { kind: 'PatchOptions' },
    });
    expect((await server.send('DELETE', `${CONFIG_MAPS}/old`)).code).toBe(200);
    expect(hooks.asked[1]?.question).toMatchObject({
      operation: 'DELETE',
      object: null,
      oldObject: { data: { a: '1' } },
    });
  });

  it('that does not answer fails the request or is passed over, as its policy says', async () => {
    const clientConfig = { url: 'https://127.0.0.1:1/none' };
    await configure('Validating', 'closed', [{ clientConfig }]);
    const { code, answer } = await create(CONFIG_MAPS, configMap('unasked'));
    expect([code, answer.reason]).toEqual([500, 'InternalError']);
    expect(answer.message).toMatch(
      /^Internal error occurred: failed calling webhook "hook0.closed.example.com": failed to call webhook: Post "https:\/\/127.0.0.1:1\/none\?timeout=10s": /,
    );
    await server.send('DELETE', made.shift() ?? '');
    await configure('Validating', 'open', [{ clientConfig, failurePolicy: 'Ignore' }]);
    expect((await create(CONFIG_MAPS, configMap('unasked'))).code).toBe(201);
  });

  it('that takes too long has failed', async () => {
    let release = () => {};
    const clientConfig = hooks.on('/slow', async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return {};
    });
    await configure('Validating', 'slow', [{ clientConfig, timeoutSeconds: 1 }]);
    const { answer } = await create(CONFIG_MAPS, configMap('slow'));
    expect(answer.message).toContain('timeout=1s": context deadline exceeded');
    release();
  });

  it('is not trusted without its CA', async () => {
    const { url } = hooks.on('/any', () => ({}));
    await configure('Validating', 'untrusted', [{ clientConfig: { url } }]);
    expect((await create(CONFIG_MAPS, configMap('untrusted'))).answer.message).toContain('failed to call webhook');
  });

  it('is asked only about what its rules, selectors and conditions mean', async () => {
    const clientConfig = hooks.on('/never', () => ({ allowed: false }));
    const labels = (matchLabels: object) => ({ matchLabels });
    await configure('Validating', 'never', [
      { clientConfig, rules: [{ ...RULES[0], operations: ['DELETE'] }] },
      { clientConfig, rules: [{ ...RULES[0], scope: 'Cluster' }] },
      { clientConfig, rules: [{ ...RULES[0], resources: ['configmaps/status'] }] },
      { clientConfig, objectSelector: labels({ judged: 'yes' }) },
      { clientConfig, namespaceSelector: labels({ 'kubernetes.io/metadata.name': 'other' }) },
      { clientConfig, matchConditions: [{ name: 'other', expression: "request.userInfo.username == 'nobody'" }] },
      {
        clientConfig,
        matchConditions: [
          { name: 'false-wins', expression: 'object.x.y == 1 || false' },
          { name: 'f', expression: 'false' },
        ],
      },
      {
        clientConfig,
        matchConditions: [{ name: 'may', expression: "!authorizer.group('').resource('pods').check('get').allowed()" }],
      },
    ]);
    expect((await create(CONFIG_MAPS, configMap('unjudged'))).code).toBe(201);
    expect(hooks.asked).toEqual([]);
    expect((await create(CONFIG_MAPS, configMap('judged', {}, { judged: 'yes' }))).code).toBe(400);
    await server.send('DELETE', made.shift() ?? '');
  });

  it('with a condition that cannot say anything is a refusal', async () => {
    const clientConfig = hooks.on('/never', () => ({}));
    await configure('Validating', 'unsure', [
      { clientConfig, matchConditions: [{ name: 'c', expression: 'object.data.missing == "x"' }] },
    ]);
    const { code, answer } = await create(CONFIG_MAPS, configMap('unsure', { a: 'b' }));
    expect(code).toBe(403);
    expect(answer.message).toContain(
      'expression \'object.data.missing == "x"\' resulted in error: no such key: missing',
    );
  });

  it('must stand dry runs to be asked about them', async () => {
    const clientConfig = hooks.on('/dry', () => ({ allowed: false }));
    await configure('Validating', 'dry', [{ clientConfig, sideEffects: 'NoneOnDryRun' }]);
    const { code } = await create(CONFIG_MAPS, configMap('dry'), '?dryRun=All');
    expect(code).toBe(400);
    expect(hooks.asked[0]?.question.dryRun).toBe(true);
  });

  it('never judges configurations of webhooks', async () => {
    const clientConfig = hooks.on('/all', () => ({ allowed: false }));
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await configure('Validating', 'all', [
      { clientConfig, rules, namespaceSelector: {}, objectSelector: { matchLabels: { all: 'x' } } },
    ]);
    await configure('Validating', 'other', [{ clientConfig }]);
    expect((await server.send('DELETE', `${GROUP}/validatingwebhookconfigurations/other`)).code).toBe(200);
    expect(hooks.asked).toEqual([]);
  });

  it('is asked about subresources by their names', async () => {
    await create(DEPLOYMENTS, deployment('scaled'));
    await create(PODS, pod('run'));
    const clientConfig = hooks.on('/sub', ({ subResource }) => ({
      allowed: subResource === 'status',
      status: { message: `not ${subResource}` },
    }));
    const names = ['exec', 'attach', 'eviction', 'binding', 'status', 'proxy'];
    const resources = ['deployments/scale', ...names.map((name) => `pods/${name}`)];
    await configure('Validating', 'sub', [{ clientConfig, rules: [{ ...RULES[0], resources }] }]);
    const scaled = await server.send('PATCH', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: 5 } }, MERGE);
    expect(scaled.json<{ message: string }>().message).toContain('denied the request: not scale');
    expect(hooks.asked[0]?.question).toMatchObject({ kind: { kind: 'Scale' }, object: { spec: { replicas: 5 } } });
    const apply = { headers: { 'content-type': 'application/apply-patch+yaml' } };
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 6 } };
    const applied = await server.send('PATCH', `${DEPLOYMENTS}/scaled/scale?fieldManager=me&force=true`, scale, apply);
    expect(applied.text).toContain('not scale');
    expect(hooks.asked.at(-1)?.question).toMatchObject({ object: { kind: 'Scale', spec: { replicas: 6 } } });
    const evicted = await server.send('POST', `${PODS}/run/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'run' },
    });
    expect(evicted.text).toContain('not eviction');
    const bound = await server.send('POST', `${PODS}/run/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'run' },
      target: { kind: 'Node', name: 'n' },
    });
    expect(bound.text).toContain('not binding');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'x',
    };
    const attached = await server.send('GET', `${PODS}/run/attach?stdout=true`, undefined, { headers });
    expect(attached.text).toContain('denied the request: not attach');
    expect(hooks.asked.at(-1)?.question).toMatchObject({
      operation: 'CONNECT',
      object: { kind: 'PodAttachOptions', stdout: true },
    });
    const proxied = await server.send('GET', `${PODS}/run/proxy/some/page?q=1`);
    expect(proxied.text).toContain('not proxy');
    expect(hooks.asked.at(-1)?.question).toMatchObject({ operation: 'CONNECT', object: { kind: 'PodProxyOptions' } });
    const status = await server.send('PATCH', `${PODS}/run/status`, { status: { message: 'x' } }, MERGE);
    expect(status.code).toBe(200);
  });

  it('behind a Service is found at its endpoints and checked by its name there', async () => {
    const service = { ports: [{ port: 443 }] };
    await create('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hook' },
      spec: service,
    });
    hooks.on('/svc', () => ({ allowed: false, status: { message: 'from the service' } }));
    const clientConfig = { service: { namespace: 'default', name: 'hook', path: '/svc' }, caBundle: hooks.caBundle };
    await configure('Validating', 'svc', [{ clientConfig }]);
    const missing = await create(CONFIG_MAPS, configMap('via-service'));
    expect(missing.answer.message).toContain('no endpoints available for service "hook"');
    // Loopback is no address an endpoint may have: this one goes past the API.
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'hook', namespace: 'default', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ name: '', port: hooks.port }],
    };
    await server.store.create(storeKey(endpointSliceResource, 'default', 'hook'), Buffer.from(JSON.stringify(slice)));
    const found = await create(CONFIG_MAPS, configMap('via-service'));
    expect(found.answer.message).toContain('denied the request: from the service');
  });
});

describe('a mutating webhook', () => {
  const add = (path: string, value: unknown) => ({ patch: [{ op: 'add', path, value }] });

  it('changes what is stored, in the order of names, before defaults and validation', async () => {
    const first = hooks.on('/first', () => add('/data/first', 'yes'));
    const second = hooks.on('/second', ({ object }) => add('/data/second', Object.keys(object?.data ?? {}).join(',')));
    await configure('Mutating', 'b-second', [{ clientConfig: second }]);
    await configure('Mutating', 'a-first', [{ clientConfig: first }]);
    const { answer } = await create(CONFIG_MAPS, configMap('changed', { a: 'b' }));
    expect(answer.data).toEqual({ a: 'b', first: 'yes', second: 'a,first' });
    expect((await server.send('GET', `${CONFIG_MAPS}/changed`)).text).toContain('"second":"a,first"');
  });

  it('adds containers that get their defaults and pass validation', async () => {
    const container = { name: 'side', image: 'busybox' };
    const clientConfig = hooks.on('/pod', () => add('/spec/initContainers', [container]));
    await configure('Mutating', 'pod', [{ clientConfig, rules: [{ ...RULES[0], resources: ['pods'] }] }]);
    const { answer } = await create(PODS, pod('injected'));
    expect(answer).toMatchObject({
      spec: { initContainers: [{ name: 'side', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' }] },
    });
    // The ServiceAccount plugin ran before the webhook, and again after it.
    expect(JSON.stringify(answer)).toMatch(/"initContainers":\[\{[^\]]*"mountPath":"\/var\/run\/secrets/);
  });

  it('is asked again when a later one changed the object, if it wants to be', async () => {
    const count = hooks.on('/count', ({ object }) => {
      const { seen = '' } = (object?.data ?? {}) as { seen?: string };
      return add('/data/seen', `${seen}x`);
    });
    const other = hooks.on('/other', () => add('/data/other', 'y'));
    await configure('Mutating', 'again', [
      { clientConfig: count, reinvocationPolicy: 'IfNeeded' },
      { clientConfig: other },
    ]);
    const { answer } = await create(CONFIG_MAPS, configMap('again', { a: 'b' }));
    expect(answer.data).toEqual({ a: 'b', seen: 'xx', other: 'y' });
    expect(hooks.asked.map(({ path }) => path)).toEqual(['/count', '/other', '/count']);
  });

  it('cannot change what is deleted, nor break types', async () => {
    const clientConfig = hooks.on('/bad', () => add('/data', 'no map'));
    await configure('Mutating', 'bad', [{ clientConfig, rules: [{ ...RULES[0], operations: ['CREATE'] }] }]);
    const { code } = await create(CONFIG_MAPS, configMap('broken', { a: 'b' }));
    expect(code).toBeGreaterThanOrEqual(400);
  });

  it('leaves its annotations in the audit trail', async () => {
    const clientConfig = hooks.on('/audit', () => ({ auditAnnotations: { color: 'green' } }));
    await configure('Mutating', 'audit', [{ clientConfig }]);
    await create(CONFIG_MAPS, configMap('audited'));
    const log = join(server.settings.home, 'log', 'audit.log');
    for (let tries = 0; tries < 50; tries++) {
      if (readFileSync(log, 'utf8').includes('"hook0.audit.example.com/color":"green"')) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no annotation in the audit log');
  });
});
