import { aggregatedContentType, aggregatedDiscovery } from './aggregated';
import { apiGroup, apiGroupList, apiResourceList, apiVersions, rootPaths } from './api-groups';
import { compareVersions, groupVersions } from './group-versions';
import { FIXTURE_KINDS, POD } from './kinds.fixture';

const ALL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

it('compareVersions() puts stable before beta before alpha, newer first', () => {
  const versions = ['v1alpha1', 'foo', 'v1', 'v1beta2', 'v2', 'v2alpha1', 'v1beta10', 'bar', 'v10'];
  expect(versions.sort(compareVersions)).toEqual([
    'v10',
    'v2',
    'v1',
    'v1beta10',
    'v1beta2',
    'v2alpha1',
    'v1alpha1',
    'bar',
    'foo',
  ]);
});

it('groupVersions() lists the core group first, strangers last by name', () => {
  const custom = ['zoo.example.com', 'ant.example.com'].map((group) => ({ ...POD, group }));
  expect(groupVersions([...custom, ...FIXTURE_KINDS]).map(({ group }) => group)).toEqual([
    '',
    'apps',
    'authorization.k8s.io',
    'ant.example.com',
    'zoo.example.com',
  ]);
});

it('rootPaths() lists groups and versions among the other paths', () => {
  const { paths } = rootPaths(FIXTURE_KINDS);
  expect(paths.filter((path) => path.startsWith('/api'))).toEqual([
    '/api',
    '/api/v1',
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
    '/apis/authorization.k8s.io',
    '/apis/authorization.k8s.io/v1',
  ]);
  expect(paths).toContain('/readyz');
});

it('apiVersions() names the versions of the core group', () => {
  expect(apiVersions(FIXTURE_KINDS, '127.0.0.1:6443')).toEqual({
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
  });
});

it('apiGroupList() and apiGroup() describe the named groups', () => {
  const v1 = { groupVersion: 'apps/v1', version: 'v1' };
  const apps = { name: 'apps', versions: [v1], preferredVersion: v1 };
  expect(apiGroupList(FIXTURE_KINDS).groups[0]).toEqual(apps);
  expect(apiGroup(FIXTURE_KINDS, 'apps')).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...apps });
  expect(apiGroup(FIXTURE_KINDS, '')).toBeUndefined();
  expect(apiGroup(FIXTURE_KINDS, 'batch')).toBeUndefined();
});

it('apiResourceList() lists kinds and subresources', () => {
  const list = apiResourceList(FIXTURE_KINDS, '', 'v1');
  expect(list).toEqual({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'v1',
    resources: [
      {
        name: 'namespaces',
        singularName: 'namespace',
        namespaced: false,
        kind: 'Namespace',
        verbs: ALL.filter((verb) => verb !== 'deletecollection'),
        storageVersionHash: 'Q3oi5N2YM8M=',
      },
      {
        name: 'pods',
        singularName: 'pod',
        namespaced: true,
        kind: 'Pod',
        verbs: ALL,
        shortNames: ['po'],
        categories: ['all'],
        storageVersionHash: 'xPOwRZ+Yhw8=',
      },
      {
        name: 'pods/eviction',
        singularName: '',
        namespaced: true,
        group: 'policy',
        version: 'v1',
        kind: 'Eviction',
        verbs: ['create'],
      },
      { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
      { name: 'pods/status', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    ],
  });
  expect(apiResourceList(FIXTURE_KINDS, 'apps', 'v2')).toBeUndefined();
});

it('apiResourceList() gives a review only create', () => {
  expect(apiResourceList(FIXTURE_KINDS, 'authorization.k8s.io', 'v1')?.resources).toEqual([
    {
      name: 'selfsubjectaccessreviews',
      singularName: 'selfsubjectaccessreview',
      namespaced: false,
      kind: 'SelfSubjectAccessReview',
      verbs: ['create'],
    },
  ]);
});

it('aggregatedDiscovery() holds the same in one document', () => {
  expect(aggregatedContentType('v2')).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  const { apiVersion, items } = aggregatedDiscovery(FIXTURE_KINDS, 'apis', 'v2beta1');
  expect(apiVersion).toBe('apidiscovery.k8s.io/v2beta1');
  expect(items.map(({ metadata }) => metadata)).toEqual([
    { name: 'apps', creationTimestamp: null },
    { name: 'authorization.k8s.io', creationTimestamp: null },
  ]);
  expect(items[0]?.versions).toEqual([
    {
      version: 'v1',
      freshness: 'Current',
      resources: [
        {
          resource: 'deployments',
          responseKind: { group: '', version: '', kind: 'Deployment' },
          scope: 'Namespaced',
          singularResource: 'deployment',
          verbs: ALL,
          subresources: [
            {
              subresource: 'scale',
              responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
              verbs: ['get', 'patch', 'update'],
            },
          ],
        },
      ],
    },
  ]);
  const core = aggregatedDiscovery(FIXTURE_KINDS, 'api', 'v2').items;
  expect(core.map(({ metadata }) => metadata)).toEqual([{ creationTimestamp: null }]);
});
