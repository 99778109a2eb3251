/**
 * What k9s and other dashboards put on the wire: rights asked for in bulk, many watches at a time, Tables with objects in them.
 *
 * The queries and headers are those of k9s 0.3x (client-go informers over the dynamic client, and its own Table requests).
 * https://k9scli.io
 */
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch, type WatchClient } from './watch-client';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io, application/json' };
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json' };
const VERBS = ['get', 'list', 'watch', 'patch', 'delete'];
/** What its start page, its pulse and a few tabs follow. */
const FOLLOWED = [
  'api/v1/pods',
  'api/v1/nodes',
  'api/v1/namespaces',
  'api/v1/services',
  'api/v1/events',
  'api/v1/configmaps',
  'api/v1/persistentvolumes',
  'apis/apps/v1/deployments',
  'apis/apps/v1/replicasets',
  'apis/apps/v1/statefulsets',
  'apis/apps/v1/daemonsets',
  'apis/batch/v1/jobs',
  'apis/batch/v1/cronjobs',
  'apis/networking.k8s.io/v1/ingresses',
  'apis/rbac.authorization.k8s.io/v1/clusterroles',
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await server.send('POST', PODS, pod('web'));
  await server.send(
    'POST',
    '/apis/rbac.authorization.k8s.io/v1/rolebindings'.replace('v1/', 'v1/namespaces/default/'),
    {
      metadata: { name: 'viewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
    },
  );
}, 30_000);
afterAll(() => server?.stop());

test('rights are asked for in bulk, and all are answered', async () => {
  const asked = FOLLOWED.flatMap((path) => VERBS.map((verb) => ({ verb, path })));
  const answers = await Promise.all(
    asked.map(async ({ verb, path }) => {
      const [resource = ''] = path.split('/').slice(-1);
      const group = path.startsWith('apis/') ? path.split('/')[1] : '';
      const resourceAttributes = { namespace: 'default', group, resource, verb };
      const review = {
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { resourceAttributes },
      };
      const headers = { 'impersonate-user': 'viewer' };
      const answer = await server.send('POST', REVIEWS, review, { headers });
      return {
        verb,
        resource,
        code: answer.code,
        allowed: answer.json<{ status: { allowed: boolean } }>().status.allowed,
      };
    }),
  );
  expect(answers.filter(({ code }) => code !== 201)).toEqual([]);
  expect(answers.filter(({ verb, allowed }) => allowed && (verb === 'patch' || verb === 'delete'))).toEqual([]);
  const seen = answers.filter(({ verb, allowed }) => verb === 'list' && allowed).map(({ resource }) => resource);
  expect(seen).toEqual(expect.arrayContaining(['pods', 'services', 'configmaps', 'deployments', 'jobs', 'ingresses']));
  expect(seen).not.toEqual(expect.arrayContaining(['nodes']));
});

/** A list from the cache and a watch from where it ends, as an informer begins. */
async function follow(path: string, headers: Record<string, string> = {}): Promise<WatchClient> {
  const list = await server.send('GET', `/${path}?limit=500&resourceVersion=0`);
  const { resourceVersion } = list.json<{ metadata: { resourceVersion: string } }>().metadata;
  const query = `allowWatchBookmarks=true&resourceVersion=${resourceVersion}&timeoutSeconds=400&watch=true`;
  return openWatch(server, `/${path}?${query}`, headers);
}

test('many watches at a time each get what is theirs, also as metadata', async () => {
  const watches = await Promise.all(FOLLOWED.map((path) => follow(path)));
  const metadata = await follow('api/v1/configmaps', METADATA);
  for (let index = 0; index < 20; index++) await server.send('POST', CONFIG_MAPS, configMap(`followed-${index}`));
  await server.send('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'followed' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: pod('x').spec },
    },
  });
  const at = (path: string) => watches[FOLLOWED.indexOf(path)] as WatchClient;
  await until(() => at('api/v1/configmaps').events.length >= 20 && at('apis/apps/v1/deployments').events.length >= 1);
  expect(at('apis/apps/v1/deployments').seen()).toEqual(['ADDED followed']);
  expect(at('api/v1/services').seen()).toEqual([]);
  await metadata.waitFor(20);
  expect(new Set(metadata.events.map(({ object }) => object.kind))).toEqual(new Set(['PartialObjectMetadata']));
  expect(metadata.events.some(({ object }) => 'data' in object)).toBe(false);
  for (const watch of [...watches, metadata]) watch.close();
});

test('a Table carries whole objects where they are asked for, and follows changes', async () => {
  interface Table {
    readonly kind: string;
    readonly columnDefinitions: readonly { readonly name: string }[];
    readonly rows: readonly {
      readonly cells: readonly unknown[];
      readonly object: { readonly kind: string; readonly spec?: object };
    }[];
  }
  const list = (await server.send('GET', `${PODS}?includeObject=Object`, undefined, { headers: TABLE })).json<Table>();
  expect(list.kind).toBe('Table');
  expect(list.columnDefinitions.map(({ name }) => name).slice(0, 5)).toEqual([
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
  ]);
  expect(list.rows.map(({ cells, object }) => [cells[0], object.kind, object.spec !== undefined])).toEqual([
    ['web', 'Pod', true],
  ]);
  const watch = await openWatch(server, `${PODS}?watch=1&includeObject=Object`, TABLE);
  await watch.waitFor(1);
  await server.send('DELETE', `${PODS}/web`, { gracePeriodSeconds: 0 });
  await watch.waitFor(2);
  const kinds = watch.events.map(({ type, object }) => `${type} ${object.kind}`);
  expect([kinds[0], kinds.at(-1)]).toEqual(['ADDED Table', 'DELETED Table']);
  watch.close();
});

test('figures of use are lists of their own, empty where no node answers', async () => {
  for (const path of ['nodes', 'pods', 'namespaces/default/pods']) {
    const answer = await server.send('GET', `/apis/metrics.k8s.io/v1beta1/${path}`);
    expect([answer.code, answer.json<{ items: unknown[] }>().items]).toEqual([200, []]);
  }
  const groups = (await server.send('GET', '/apis')).json<{ groups: { name: string }[] }>();
  expect(groups.groups.map(({ name }) => name)).toContain('metrics.k8s.io');
});
