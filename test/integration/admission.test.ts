/**
 * Admission plugins over a real api-server: what new objects get, and what is refused in which words.
 */
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
}, 30_000);
afterAll(() => server?.stop());

const create = async (path: string, body: object) => {
  const { code, headers, json } = await server.send('POST', path, body);
  const answer = json<Record<string, unknown> & { message: string; metadata: Record<string, unknown> }>();
  const warnings = [headers['warning'] ?? []].flat().map((text) => text.replace(/^299 - "|"$/g, ''));
  return { code, answer, message: answer.message, warnings };
};

async function makeNamespace(name: string, labels: Record<string, string> = {}): Promise<string> {
  await server.send('POST', '/api/v1/namespaces', { metadata: { name, labels } });
  await makeDefaultAccount(server, name);
  return `/api/v1/namespaces/${name}`;
}

describe('Priority', () => {
  const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';

  test('the two classes of the system exist from the start', async () => {
    const { items } = (await server.send('GET', CLASSES)).json<{
      items: { metadata: { name: string }; value: number }[];
    }>();
    expect(items.map(({ metadata, value }) => [metadata.name, value])).toEqual([
      ['system-cluster-critical', 2_000_000_000],
      ['system-node-critical', 2_000_001_000],
    ]);
  });

  test('a pod gets the number of its class, of the default one without a class, and 0 without either', async () => {
    const prioritized = (name: string, priorityClassName?: string) => {
      const body = pod(name);
      return { ...body, spec: { ...body.spec, ...(priorityClassName ? { priorityClassName } : {}) } };
    };
    expect((await create(PODS, prioritized('none'))).answer).toMatchObject({ spec: { priority: 0 } });
    await create(CLASSES, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
    expect((await create(PODS, prioritized('high', 'high'))).answer).toMatchObject({
      spec: { priority: 1000, preemptionPolicy: 'Never' },
    });
    await create(CLASSES, { metadata: { name: 'usual' }, value: 10, globalDefault: true });
    expect((await create(PODS, prioritized('default'))).answer).toMatchObject({
      spec: { priority: 10, priorityClassName: 'usual' },
    });
    expect(await create(CLASSES, { metadata: { name: 'other' }, value: 1, globalDefault: true })).toMatchObject({
      code: 403,
      message: expect.stringContaining('PriorityClass usual is already marked as globalDefault'),
    });
    expect(await create(PODS, prioritized('lost', 'nowhere'))).toMatchObject({
      code: 403,
      message: 'pods "lost" is forbidden: no PriorityClass with name nowhere was found',
    });
    await server.send('DELETE', `${CLASSES}/usual`);
  });
});

describe('LimitRanger', () => {
  test('pods get defaults and are refused outside the bounds', async () => {
    const base = await makeNamespace('limited');
    await create(`${base}/limitranges`, {
      metadata: { name: 'limits' },
      spec: {
        limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }],
      },
    });
    expect((await create(`${base}/pods`, pod('usual'))).answer).toMatchObject({
      metadata: {
        annotations: {
          'kubernetes.io/limit-ranger':
            'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
        },
      },
      spec: { containers: [{ resources: { limits: { cpu: '500m' }, requests: { cpu: '100m' } } }] },
    });
    const greedy = pod('greedy');
    Object.assign(greedy.spec.containers[0] ?? {}, { resources: { limits: { cpu: '2' } } });
    expect(await create(`${base}/pods`, greedy)).toMatchObject({
      code: 403,
      message: 'pods "greedy" is forbidden: [maximum cpu usage per Container is 1, but limit is 2]'.replace(
        /[[\]]/g,
        '',
      ),
    });
  });
});

describe('PodSecurity', () => {
  const RESTRICTED = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };

  test('refuses a pod and warns about a deployment', async () => {
    const base = await makeNamespace('strict', RESTRICTED);
    const refused = await create(`${base}/pods`, pod('plain'));
    expect(refused.code).toBe(403);
    expect(refused.message).toMatch(/^pods "plain" is forbidden: violates PodSecurity "restricted:latest": allowPriv/);
    const workload = await create('/apis/apps/v1/namespaces/strict/deployments', {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: pod('x').spec },
      },
    });
    expect(workload.code).toBe(201);
    expect(workload.warnings.join()).toContain('would violate PodSecurity \\"restricted:latest\\": allowPriv');
  });

  test('a namespace that raises its level is told of its pods, and of labels that say nothing', async () => {
    const base = await makeNamespace('raised');
    await create(`${base}/pods`, pod('plain'));
    const patch = { metadata: { labels: RESTRICTED } };
    const headers = { 'content-type': 'application/merge-patch+json' };
    const answer = await server.send('PATCH', '/api/v1/namespaces/raised', patch, { headers });
    expect([answer.code, String(answer.headers['warning'])]).toEqual([
      200,
      expect.stringContaining('existing pods in namespace \\"raised\\" violate the new PodSecurity enforce level'),
    ]);
    const bad = await create('/api/v1/namespaces', {
      metadata: { name: 'bad', labels: { 'pod-security.kubernetes.io/enforce': 'strict' } },
    });
    expect([bad.code, bad.message]).toEqual([
      422,
      expect.stringContaining('must be one of privileged, baseline, restricted'),
    ]);
  });
});

test('ServiceAccount refuses secrets an account with the annotation does not list', async () => {
  const base = await makeNamespace('accounts');
  await create(`${base}/serviceaccounts`, {
    metadata: { name: 'narrow', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 'mine' }],
    imagePullSecrets: [{ name: 'registry' }],
  });
  const using = (name: string, secretName: string) => {
    const body = pod(name);
    return {
      ...body,
      spec: { ...body.spec, serviceAccountName: 'narrow', volumes: [{ name: 'v', secret: { secretName } }] },
    };
  };
  expect((await create(`${base}/pods`, using('fine', 'mine'))).answer).toMatchObject({
    spec: { imagePullSecrets: [{ name: 'registry' }] },
  });
  expect((await create(`${base}/pods`, using('refused', 'other'))).message).toBe(
    'pods "refused" is forbidden: volume with secret.secretName="other" is not allowed because service account narrow does not reference that secret',
  );
});

test('DefaultIngressClass and TaintNodesByCondition complete new objects', async () => {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  await create('/apis/networking.k8s.io/v1/ingressclasses', {
    metadata: { name: 'nginx', annotations },
    spec: { controller: 'example.com/nginx' },
  });
  const ingress = {
    metadata: { name: 'web' },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  };
  const made = await create('/apis/networking.k8s.io/v1/namespaces/default/ingresses', ingress);
  expect(made.answer).toMatchObject({ spec: { ingressClassName: 'nginx' } });
  expect((await create('/api/v1/nodes', { metadata: { name: 'n1' } })).answer).toMatchObject({
    spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
  });
});
