import { KINDS } from '../../../helper/api/kinds';
import { FIXTURE_KINDS } from './kinds.fixture';
import { openApiDocument, openApiGroups, openApiIndex } from './openapi';

const groups = openApiGroups(FIXTURE_KINDS);
const documentOf = (path: string) => {
  const group = groups.find((entry) => entry.path === path);
  if (!group) throw new Error(`no group ${path}`);
  return openApiDocument(group);
};

it('openApiIndex() names every group version with the hash of its document', () => {
  const index = openApiIndex(groups);
  expect(Object.keys(index.paths)).toEqual(['api/v1', 'apis/apps/v1', 'apis/authorization.k8s.io/v1']);
  expect(index.paths['api/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
});

it('openApiGroups() gives another hash when a kind changes', () => {
  const changed = FIXTURE_KINDS.map((kind) => (kind.plural === 'pods' ? { ...kind, subresources: [] } : kind));
  const hashes = openApiGroups(changed).map(({ hash }) => hash);
  expect(hashes[0]).not.toBe(groups[0]?.hash);
  expect(hashes[1]).toBe(groups[1]?.hash);
});

it('openApiDocument() describes the paths of a kind', () => {
  const { paths } = documentOf('api/v1');
  expect(Object.entries(paths).map(([path, item]) => [path, Object.keys(item as object)])).toEqual([
    ['/api/v1/namespaces', ['get', 'post']],
    ['/api/v1/namespaces/{name}', ['delete', 'get', 'patch', 'put', 'parameters']],
    ['/api/v1/namespaces/{namespace}/pods', ['get', 'post', 'delete', 'parameters']],
    ['/api/v1/pods', ['get']],
    ['/api/v1/namespaces/{namespace}/pods/{name}', ['delete', 'get', 'patch', 'put', 'parameters']],
    ['/api/v1/namespaces/{namespace}/pods/{name}/eviction', ['post', 'parameters']],
    ['/api/v1/namespaces/{namespace}/pods/{name}/log', ['get', 'parameters']],
    ['/api/v1/namespaces/{namespace}/pods/{name}/status', ['get', 'patch', 'put', 'parameters']],
  ]);
});

it('openApiDocument() says that PATCH takes fieldValidation, which kubectl looks for', () => {
  expect(documentOf('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']).toMatchObject({
    patch: {
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation', in: 'query' })]),
    },
  });
});

it('openApiDocument() describes fields with text, format and merge rules', () => {
  const { schemas } = documentOf('api/v1').components;
  expect(schemas['io.k8s.api.core.v1.PodSpec']).toMatchObject({
    type: 'object',
    required: ['containers'],
    properties: {
      containers: {
        type: 'array',
        items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
        description: expect.stringContaining('List of containers'),
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
      terminationGracePeriodSeconds: { type: 'integer', format: 'int64' },
      priority: { type: 'integer', format: 'int32' },
      affinity: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Affinity' }] },
      nodeSelector: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
    },
  });
  expect(schemas['io.k8s.api.core.v1.Pod']).toMatchObject({
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }],
  });
});

it('openApiDocument() of every kind served refers only to schemas it has', () => {
  for (const group of openApiGroups(KINDS)) {
    const document = openApiDocument(group);
    const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect([group.path, refs.filter((name) => !(name in document.components.schemas))]).toEqual([group.path, []]);
  }
});
