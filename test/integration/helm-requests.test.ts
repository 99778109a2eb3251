/**
 * What helm puts on the wire, request by request: a release is installed, waited for, upgraded, listed and taken away.
 *
 * The order, queries and headers are those of helm 3 (client-go with JSON bodies); controllers are played by the test. The release
 * record is a Secret of a type of helm's own, found by labels; objects are changed by three-way patches that helm computes itself.
 * https://helm.sh/docs/topics/advanced/#storage-backends
 */
import { randomBytes } from 'node:crypto';
import { until } from '../../helper/process/until';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

const SECRETS = '/api/v1/namespaces/default/secrets';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const GADGETS = '/apis/helm.example.com/v1/namespaces/default/gadgets';
const BY_HELM = '?fieldManager=helm';
const RECORD_LIMIT = 1_048_576;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 30_000);
afterAll(() => server?.stop());

const as = (type: string) => ({ headers: { 'content-type': type } });
const STRATEGIC = as('application/strategic-merge-patch+json');
const MERGE = as('application/merge-patch+json');
const BACKGROUND = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };

/** helm's labels on everything a release made. */
const OWNED = { 'app.kubernetes.io/managed-by': 'Helm' };
const ANNOTATIONS = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'default' };

function record(version: number, status: string, bytes = 1000) {
  const release = Buffer.from(randomBytes(bytes).toString('base64').slice(0, bytes)).toString('base64');
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name: `sh.helm.release.v1.web.v${version}`,
      creationTimestamp: null,
      labels: { modifiedAt: '1770000000', name: 'web', owner: 'helm', status, version: String(version) },
    },
    data: { release },
    type: 'helm.sh/release.v1',
  };
}

const webDeployment = (image: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: OWNED, annotations: ANNOTATIONS },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }] }] },
    },
  },
});

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

async function namesOf(path: string): Promise<string[]> {
  const { items } = (await server.send('GET', path)).json<Listed>();
  return items.map(({ metadata }) => metadata.name);
}

test('helm finds out what there is: version, aggregated discovery, both OpenAPI documents', async () => {
  expect((await server.send('GET', '/version')).json()).toMatchObject({ major: '1', minor: '32' });
  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const older = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
  const headers = { accept: `${aggregated},${older},application/json` };
  for (const path of ['/api', '/apis']) {
    const answer = await server.send('GET', `${path}?timeout=32s`, undefined, { headers });
    expect([answer.code, answer.json<{ kind: string }>().kind]).toEqual([200, 'APIGroupDiscoveryList']);
  }
  // What an older helm asks for, one group version at a time.
  const plain = (await server.send('GET', '/apis/apps/v1?timeout=32s')).json<{ resources: { name: string }[] }>();
  expect(plain.resources.map(({ name }) => name)).toContain('deployments/scale');
  const v3 = await server.send('GET', '/openapi/v3?timeout=32s');
  expect(Object.keys(v3.json<{ paths: object }>().paths)).toContain('apis/apps/v1');
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const v2 = await server.send('GET', '/openapi/v2?timeout=32s', undefined, { headers: { accept } });
  expect([v2.code, v2.headers['content-type']]).toEqual([200, expect.stringContaining('proto-openapi.spec.v2')]);
});

test('install: nothing is there yet, the record is made, then every object, then the record says deployed', async () => {
  expect(await namesOf(`${SECRETS}?labelSelector=name%3Dweb%2Cowner%3Dhelm`)).toEqual([]);
  const absent = await server.send('GET', `${DEPLOYMENTS}/web`);
  expect(absent.json()).toMatchObject({ code: 404, reason: 'NotFound', message: 'deployments.apps "web" not found' });
  const made = await server.send('POST', SECRETS, record(1, 'pending-install'));
  expect([made.code, made.json<{ type: string }>().type]).toEqual([201, 'helm.sh/release.v1']);
  const again = await server.send('POST', SECRETS, record(1, 'pending-install'));
  expect(again.json()).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  const created = await server.send('POST', DEPLOYMENTS + BY_HELM, webDeployment('nginx:1', 2));
  expect(created.code).toBe(201);
  expect(created.json<{ metadata: { managedFields: object[] } }>().metadata.managedFields).toEqual([
    expect.objectContaining({ manager: 'helm', operation: 'Update' }),
  ]);
  const deployed = await server.send('PUT', `${SECRETS}/sh.helm.release.v1.web.v1`, record(1, 'deployed'));
  expect(deployed.code).toBe(200);
  const selector = 'labelSelector=name%3Dweb%2Cowner%3Dhelm%2Cstatus%3Ddeployed';
  expect(await namesOf(`${SECRETS}?${selector}`)).toEqual(['sh.helm.release.v1.web.v1']);
  expect(await namesOf('/api/v1/secrets?labelSelector=owner%3Dhelm')).toEqual(['sh.helm.release.v1.web.v1']);
});

test('a record may have as much data as a Secret, and not more', async () => {
  const large = record(90, 'superseded', RECORD_LIMIT);
  expect((await server.send('POST', SECRETS, large)).code).toBe(201);
  const read = (await server.send('GET', `${SECRETS}/sh.helm.release.v1.web.v90`)).json<typeof large>();
  expect(read.data.release === large.data.release).toBe(true);
  const refused = await server.send('POST', SECRETS, record(91, 'superseded', RECORD_LIMIT + 1));
  expect(refused.json()).toMatchObject({
    code: 422,
    message: 'Secret "sh.helm.release.v1.web.v91" is invalid: data: Too long: may not be more than 1048576 bytes',
  });
  await server.send('DELETE', `${SECRETS}/sh.helm.release.v1.web.v90`);
});

test('wait: a hook is watched by its name until it is complete, and goes before its next run', async () => {
  const hook = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-upgrade' } },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } } },
  };
  expect((await server.send('POST', JOBS + BY_HELM, hook)).code).toBe(201);
  const select = 'fieldSelector=metadata.name%3Dmigrate';
  const list = (await server.send('GET', `${JOBS}?${select}&limit=500&resourceVersion=0`)).json<
    Listed & { metadata: { resourceVersion: string } }
  >();
  expect(list.items).toHaveLength(1);
  const since = `allowWatchBookmarks=true&resourceVersion=${list.metadata.resourceVersion}&timeoutSeconds=300&watch=true`;
  const watch = await openWatch(server, `${JOBS}?${select}&${since}`);
  await server.send('POST', JOBS + BY_HELM, { ...hook, metadata: { name: 'other' } });
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True' }));
  const status = { startTime: now, completionTime: now, succeeded: 1, conditions };
  const done = await server.send('PATCH', `${JOBS}/migrate/status`, { status }, MERGE);
  expect(done.code).toBe(200);
  await watch.waitFor(1);
  expect(watch.seen()).toEqual(['MODIFIED migrate']);
  const gone = await server.send('DELETE', `${JOBS}/migrate`, BACKGROUND);
  expect(gone.code).toBe(200);
  await watch.waitFor(2);
  expect(watch.seen().at(-1)).toBe('DELETED migrate');
  watch.close();
  expect((await server.send('GET', `${JOBS}/migrate`)).code).toBe(404);
});

test('upgrade: a three-way patch changes what the chart changed and keeps what others did', async () => {
  // The autoscaler's doing between the two releases.
  await server.send('PATCH', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 5 } }, MERGE);
  await server.send('POST', SECRETS, record(2, 'pending-upgrade'));
  const patch = {
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
          containers: [
            { name: 'web', image: 'nginx:2', ports: [{ containerPort: 80, $patch: 'delete' }] },
            { name: 'side', image: 'busybox' },
          ],
        },
      },
    },
  };
  const tried = await server.send('PATCH', `${DEPLOYMENTS}/web${BY_HELM}&dryRun=All`, patch, STRATEGIC);
  expect(tried.code).toBe(200);
  const { spec } = (await server.send('PATCH', `${DEPLOYMENTS}/web${BY_HELM}`, patch, STRATEGIC)).json<
    ReturnType<typeof webDeployment>
  >();
  expect(spec.replicas).toBe(5);
  const { containers } = spec.template.spec;
  expect(containers.map(({ name, image, ports }) => [name, image, ports ?? []])).toEqual([
    ['web', 'nginx:2', []],
    ['side', 'busybox', []],
  ]);
  // Nothing to change is a patch, too.
  const before = (await server.send('GET', `${DEPLOYMENTS}/web`)).text;
  expect((await server.send('PATCH', `${DEPLOYMENTS}/web${BY_HELM}`, {}, STRATEGIC)).text).toBe(before);
  await server.send('PUT', `${SECRETS}/sh.helm.release.v1.web.v1`, record(1, 'superseded'));
  await server.send('PUT', `${SECRETS}/sh.helm.release.v1.web.v2`, record(2, 'deployed'));
  expect(await namesOf(`${SECRETS}?labelSelector=name%3Dweb%2Cowner%3Dhelm`)).toHaveLength(2);
});

test('a chart with a custom kind: its definition is there a moment later, and objects take JSON merge patches', async () => {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.helm.example.com' },
    spec: {
      group: 'helm.example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  expect((await server.send('POST', definitions + BY_HELM, definition)).code).toBe(201);
  await until(async () => {
    const { status } = (await server.send('GET', `${definitions}/gadgets.helm.example.com`)).json<{
      status?: { conditions?: { type: string; status: string }[] };
    }>();
    return status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') ?? false;
  });
  const found = (await server.send('GET', '/apis/helm.example.com/v1')).json<{ resources: { name: string }[] }>();
  expect(found.resources.map(({ name }) => name)).toContain('gadgets');
  const gadget = { apiVersion: 'helm.example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, spec: { size: 1 } };
  expect((await server.send('POST', GADGETS + BY_HELM, gadget)).code).toBe(201);
  const patched = await server.send('PATCH', `${GADGETS}/g${BY_HELM}`, { spec: { size: 2 } }, MERGE);
  expect(patched.json()).toMatchObject({ spec: { size: 2 }, metadata: { generation: 2 } });
  const strategic = await server.send('PATCH', `${GADGETS}/g${BY_HELM}`, { spec: { size: 3 } }, STRATEGIC);
  expect(strategic.code).toBe(415);
});

test('uninstall: objects go in the background, then the records', async () => {
  for (const path of [`${GADGETS}/g`, `${DEPLOYMENTS}/web`]) {
    expect((await server.send('GET', path)).code).toBe(200);
    expect((await server.send('DELETE', path, BACKGROUND)).json()).toMatchObject({ kind: 'Status', status: 'Success' });
    expect((await server.send('DELETE', path, BACKGROUND)).code).toBe(404);
  }
  for (const name of await namesOf(`${SECRETS}?labelSelector=name%3Dweb%2Cowner%3Dhelm`)) {
    expect((await server.send('DELETE', `${SECRETS}/${name}`)).code).toBe(200);
  }
  expect(await namesOf('/api/v1/secrets?labelSelector=owner%3Dhelm')).toEqual([]);
});
