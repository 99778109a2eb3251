import { openApiPartOf, openApiUrlIn, rowsOfGroupList, rowsOfResourceList } from './extension-documents';

describe('rowsOfGroupList()', () => {
  const rows = [{ resource: 'flunders' }];
  const document = {
    kind: 'APIGroupDiscoveryList',
    items: [
      { metadata: { name: 'wardle.example.com' }, versions: [{ version: 'v1', resources: rows }, { version: 'v2' }] },
    ],
  };
  test.each([
    ['wardle.example.com', 'v1', rows],
    ['wardle.example.com', 'v2', []],
    ['wardle.example.com', 'v3', undefined],
    ['other.example.com', 'v1', undefined],
  ])('of %s/%s', (group, version, expected) => {
    expect(rowsOfGroupList(document, group, version)).toEqual(expected);
  });
  test('of another document is undefined', () => {
    expect(rowsOfGroupList({ kind: 'APIGroupList' }, 'a', 'v1')).toBeUndefined();
  });
});

test('rowsOfResourceList() puts subresources below their resource', () => {
  const row = { namespaced: true, kind: 'Flunder', verbs: ['get'] };
  const document = {
    kind: 'APIResourceList',
    resources: [
      { ...row, name: 'flunders', singularName: 'flunder', shortNames: ['fl'] },
      { ...row, name: 'flunders/status' },
      { ...row, name: 'fischers', namespaced: false, kind: 'Fischer' },
    ],
  };
  const kind = { group: '', version: '', kind: 'Flunder' };
  expect(rowsOfResourceList(document)).toEqual([
    {
      resource: 'flunders',
      responseKind: kind,
      scope: 'Namespaced',
      singularResource: 'flunder',
      verbs: ['get'],
      shortNames: ['fl'],
      subresources: [{ subresource: 'status', responseKind: kind, verbs: ['get'] }],
    },
    {
      resource: 'fischers',
      responseKind: { ...kind, kind: 'Fischer' },
      scope: 'Cluster',
      singularResource: '',
      verbs: ['get'],
    },
  ]);
  expect(rowsOfResourceList({ kind: 'Status' })).toBeUndefined();
});

test.each([
  ['/openapi/v3/apis/a/v1?hash=1', '/openapi/v3/apis/a/v1?hash=1'],
  ['https://elsewhere.example.com/openapi', undefined],
  [undefined, undefined],
])('openApiUrlIn() of an index that says %j', (serverRelativeURL, expected) => {
  expect(openApiUrlIn({ paths: { 'apis/a/v1': { serverRelativeURL } } }, 'apis/a/v1')).toBe(expected);
});

describe('openApiPartOf()', () => {
  const document = {
    swagger: '2.0',
    paths: {
      '/apis/a/v1/': { $ref: '#/definitions/A' },
      '/apis/a/v10/': {},
      '/apis/b/v1/': { $ref: '#/definitions/B' },
    },
    definitions: { A: { items: { $ref: '#/definitions/C' } }, B: {}, C: { items: { $ref: '#/definitions/A' } } },
  };
  test('keeps the paths below the root and the definitions they need', () => {
    const part = openApiPartOf(document, '/apis/a/v1');
    expect(Object.keys(part?.paths ?? {})).toEqual(['/apis/a/v1/']);
    expect(Object.keys(part?.definitions ?? {})).toEqual(['A', 'C']);
  });
  test('is undefined without such paths, and of another document', () => {
    expect(openApiPartOf(document, '/apis/c/v1')).toBeUndefined();
    expect(openApiPartOf({ openapi: '3.0.0' }, '/apis/a/v1')).toBeUndefined();
  });
});
