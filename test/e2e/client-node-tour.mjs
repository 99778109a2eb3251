/**
 * A tour of the API with @kubernetes/client-node, as an application would use it: `node client-node-tour.mjs` with KUBECONFIG set.
 *
 * Prints one JSON line a stop: `{"name":"...","error":"..."}`, error only when it failed. The package is an ES module, which jest does
 * not load; `client-node.test.ts` runs this in a process of its own and judges the lines.
 */
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const batch = config.makeApiClient(k8s.BatchV1Api);
const rbac = config.makeApiClient(k8s.RbacAuthorizationV1Api);
const authorization = config.makeApiClient(k8s.AuthorizationV1Api);
const extensions = config.makeApiClient(k8s.ApiextensionsV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const generic = k8s.KubernetesObjectApi.makeApiClient(config);
const namespace = 'tour';
const LIMIT_MS = 30_000;

async function stop(name, visit) {
  try {
    await visit();
    console.log(JSON.stringify({ name }));
  } catch (error) {
    console.log(JSON.stringify({ name, error: String(error?.stack ?? error).slice(0, 2000) }));
  }
}

/** Looks until the answer is truthy. */
async function until(look, what) {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await look().catch(() => undefined);
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not so after ${LIMIT_MS} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** What a stream carries until its end. */
function gathered() {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream, text: () => text };
}

const withPatch = (type) => k8s.setHeaderOptions('Content-Type', type);
const codeOf = (promise) =>
  promise.then(
    () => 200,
    (error) => error.code,
  );

await stop('versions and groups', async () => {
  const { gitVersion } = await config.makeApiClient(k8s.VersionApi).getCode();
  assert.match(gitVersion, /^v1\.32/);
  const { groups } = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  for (const name of ['apps', 'batch', 'rbac.authorization.k8s.io', 'apiextensions.k8s.io']) {
    assert.ok(
      groups.some((group) => group.name === name),
      name,
    );
  }
});

await stop('create, read, list, replace and delete', async () => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await until(() => core.readNamespacedServiceAccount({ namespace, name: 'default' }), 'a default ServiceAccount');
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'cm', labels: { a: 'b' } }, data: { k: '1' } },
  });
  const found = await core.readNamespacedConfigMap({ namespace, name: 'cm' });
  assert.ok(found.metadata.creationTimestamp instanceof Date);
  found.data.k = '2';
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'cm', body: found });
  assert.equal(replaced.data.k, '2');
  assert.equal(await codeOf(core.replaceNamespacedConfigMap({ namespace, name: 'cm', body: found })), 409);
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'a=b' });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['cm'],
  );
  assert.equal((await core.deleteNamespacedConfigMap({ namespace, name: 'cm' })).status, 'Success');
  assert.equal(await codeOf(core.readNamespacedConfigMap({ namespace, name: 'cm' })), 404);
});

await stop('pages of a list', async () => {
  for (let index = 0; index < 5; index++) {
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: `s${index}`, labels: { page: 'yes' } } },
    });
  }
  const names = [];
  let _continue;
  do {
    const page = await core.listNamespacedSecret({ namespace, labelSelector: 'page=yes', limit: 2, _continue });
    names.push(...page.items.map(({ metadata }) => metadata.name));
    _continue = page.metadata._continue;
  } while (_continue);
  assert.deepEqual(names, ['s0', 's1', 's2', 's3', 's4']);
  await core.deleteCollectionNamespacedSecret({ namespace, labelSelector: 'page=yes' });
  assert.equal((await core.listNamespacedSecret({ namespace, labelSelector: 'page=yes' })).items.length, 0);
});

await stop('four kinds of patch', async () => {
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'patched' }, data: { a: '1' } } });
  const patch = (type, body, more = {}) =>
    core.patchNamespacedConfigMap({ namespace, name: 'patched', body, ...more }, withPatch(type));
  await patch(k8s.PatchStrategy.JsonPatch, [{ op: 'add', path: '/data/b', value: '2' }]);
  await patch(k8s.PatchStrategy.MergePatch, { data: { c: '3' } });
  await patch(k8s.PatchStrategy.StrategicMergePatch, { data: { a: null } });
  const metadata = { name: 'patched', namespace };
  const applied = await patch(
    k8s.PatchStrategy.ServerSideApply,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { d: '4' } },
    { fieldManager: 'tour' },
  );
  assert.deepEqual(applied.data, { b: '2', c: '3', d: '4' });
  assert.ok(
    applied.metadata.managedFields.some(({ manager, operation }) => manager === 'tour' && operation === 'Apply'),
  );
  const again = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { c: 'other' } };
  assert.equal(await codeOf(patch(k8s.PatchStrategy.ServerSideApply, again, { fieldManager: 'tour' })), 409);
});

await stop('objects of any kind', async () => {
  const metadata = { name: 'any', namespace };
  const made = await generic.create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: '0 0 * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } } },
      },
    },
  });
  assert.equal(made.spec.concurrencyPolicy, 'Allow');
  assert.equal((await batch.listNamespacedCronJob({ namespace })).items.length, 1);
  await generic.delete(made);
});

await stop('a watch and an informer', async () => {
  const seen = [];
  const watch = new k8s.Watch(config);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const request = await watch.watch(
    path,
    {},
    (type, { metadata }) => seen.push(`${type} ${metadata.name}`),
    () => {},
  );
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const added = [];
  informer.on('add', ({ metadata }) => added.push(metadata.name));
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' } } });
  await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
  await until(async () => seen.includes('DELETED watched') && added.includes('watched'), 'events of a ConfigMap');
  request.abort();
  await informer.stop();
});

await stop('a Deployment, scaled', async () => {
  const labels = { app: 'web' };
  const containers = [
    { name: 'web', image: 'nginx:latest', imagePullPolicy: 'IfNotPresent', ports: [{ containerPort: 80 }] },
  ];
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers } };
  await apps.createNamespacedDeployment({
    namespace,
    body: { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: labels }, template } },
  });
  const ready = async (count) =>
    (await apps.readNamespacedDeploymentStatus({ namespace, name: 'web' })).status.readyReplicas === count;
  await until(() => ready(1), 'one ready replica');
  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
  scale.spec.replicas = 2;
  await apps.replaceNamespacedDeploymentScale({ namespace, name: 'web', body: scale });
  await until(() => ready(2), 'two ready replicas');
});

await stop('logs, exec and attach', async () => {
  const command = ['sh', '-c', 'echo begun; while read line; do echo "got $line"; done'];
  const containers = [{ name: 'sh', image: 'busybox:latest', imagePullPolicy: 'IfNotPresent', command, stdin: true }];
  await core.createNamespacedPod({
    namespace,
    body: { metadata: { name: 'sh' }, spec: { terminationGracePeriodSeconds: 1, containers } },
  });
  await until(
    async () => (await core.readNamespacedPod({ namespace, name: 'sh' })).status.phase === 'Running',
    'a pod',
  );
  await until(async () => (await core.readNamespacedPodLog({ namespace, name: 'sh' })).includes('begun'), 'its log');
  const log = gathered();
  const logging = await new k8s.Log(config).log(namespace, 'sh', 'sh', log.stream, { follow: true });
  await until(async () => log.text().includes('begun'), 'the followed log');
  logging.abort();
  const out = gathered();
  const status = await new Promise((resolve, reject) => {
    new k8s.Exec(config)
      .exec(namespace, 'sh', 'sh', ['sh', '-c', 'echo here; exit 3'], out.stream, null, null, false, resolve)
      .catch(reject);
  });
  assert.equal(out.text(), 'here\n');
  assert.equal(status.details.causes[0].message, '3');
  const attached = gathered();
  const stdin = new PassThrough();
  const socket = await new k8s.Attach(config).attach(namespace, 'sh', 'sh', attached.stream, null, stdin, false);
  stdin.write('a line\n');
  await until(async () => attached.text().includes('got a line'), 'what the attached process says');
  socket.close();
});

await stop('a forwarded port', async () => {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=web' });
  const forward = new k8s.PortForward(config);
  const server = createServer((socket) => {
    forward.portForward(namespace, items[0].metadata.name, [80], socket, null, socket).catch(() => socket.destroy());
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(server.address().port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) resolve(text);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write('GET / HTTP/1.0\r\n\r\n');
  });
  server.close();
  assert.match(answer, /^HTTP\/1\.1 200/);
});

await stop('subresources, dry runs and figures', async () => {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=web' });
  const { name } = items[0].metadata;
  const condition = { type: 'example.com/seen', status: 'True', lastTransitionTime: new Date() };
  const patched = await core.patchNamespacedPodStatus(
    { namespace, name, body: { status: { conditions: [condition] } } },
    withPatch('application/strategic-merge-patch+json'),
  );
  assert.ok(patched.status.conditions.some(({ type }) => type === condition.type));
  assert.equal((await core.readNamespacedPodStatus({ namespace, name })).metadata.name, name);
  const page = await core.connectGetNamespacedPodProxyWithPath({ namespace, name: `${name}:80`, path: '/' });
  assert.match(String(page), /nginx/);
  const body = { metadata: { name: 'never' } };
  await core.createNamespacedConfigMap({ namespace, body, dryRun: 'All' });
  assert.equal(await codeOf(core.readNamespacedConfigMap({ namespace, name: 'never' })), 404);
  const events = await core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.name=${name}` });
  assert.ok(events.items.some(({ reason }) => reason === 'Scheduled'));
  const use = await new k8s.Metrics(config).getNodeMetrics();
  assert.match(use.items[0].usage.cpu, /^\d+/);
  const eviction = { metadata: { name, namespace }, deleteOptions: { gracePeriodSeconds: 0 } };
  await core.createNamespacedPodEviction({ namespace, name, body: eviction });
  await until(async () => (await codeOf(core.readNamespacedPod({ namespace, name }))) === 404, 'the evicted pod gone');
});

await stop('rights', async () => {
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  await rbac.createNamespacedRole({
    namespace,
    body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] },
  });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  await rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name: 'reader' }, subjects, roleRef } });
  const asked = { spec: { resourceAttributes: { verb: 'delete', resource: 'pods', namespace } } };
  assert.equal((await authorization.createSelfSubjectAccessReview({ body: asked })).status.allowed, true);
  const body = { spec: { audiences: [], expirationSeconds: 600 } };
  const { status } = await core.createNamespacedServiceAccountToken({ namespace, name: 'default', body });
  const own = new k8s.KubeConfig();
  own.loadFromOptions({
    clusters: [config.getCurrentCluster()],
    users: [{ name: 'account', token: status.token }],
    contexts: [{ name: 'account', cluster: config.getCurrentCluster().name, user: 'account' }],
    currentContext: 'account',
  });
  const asAccount = own.makeApiClient(k8s.CoreV1Api);
  await until(
    async () => (await asAccount.listNamespacedPod({ namespace })).items.length > 0,
    'the right to list pods',
  );
  assert.equal(await codeOf(asAccount.listNamespacedSecret({ namespace })), 403);
});

await stop('a kind of its own', async () => {
  const group = 'example.com';
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  };
  await extensions.createCustomResourceDefinition({
    body: {
      metadata: { name: `boats.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    },
  });
  const where = { group, version: 'v1', namespace, plural: 'boats' };
  const body = { apiVersion: `${group}/v1`, kind: 'Boat', metadata: { name: 'one' }, spec: { size: 3, unknown: true } };
  await until(() => custom.createNamespacedCustomObject({ ...where, body }), 'a boat');
  assert.deepEqual((await custom.getNamespacedCustomObject({ ...where, name: 'one' })).spec, { size: 3 });
  const wrong = { ...body, metadata: { name: 'two' }, spec: { size: 'big' } };
  assert.equal(await codeOf(custom.createNamespacedCustomObject({ ...where, body: wrong })), 422);
  await extensions.deleteCustomResourceDefinition({ name: `boats.${group}` });
  await until(async () => (await codeOf(custom.listNamespacedCustomObject(where))) === 404, 'the end of boats');
});

await stop('the end of a namespace', async () => {
  await core.deleteNamespace({ name: namespace });
  await until(async () => (await codeOf(core.readNamespace({ name: namespace }))) === 404, 'the namespace to be gone');
});
process.exit(0);
