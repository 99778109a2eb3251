import { parseRequestInfo } from './request-info';

const cases: readonly [string, string, string][] = [
  ['GET', '/api/v1/pods', 'list v1 pods'],
  ['GET', '/api/v1/namespaces/a/pods?watch=1', 'watch v1 a/pods'],
  ['GET', '/api/v1/namespaces/a/pods?watch=false', 'list v1 a/pods'],
  ['GET', '/api/v1/namespaces/a/pods/x', 'get v1 a/pods x'],
  ['POST', '/apis/apps/v1/namespaces/a/deployments', 'create apps/v1 a/deployments'],
  ['PUT', '/apis/apps/v1/namespaces/a/deployments/x/scale', 'update apps/v1 a/deployments x scale'],
  ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection v1 a/pods'],
  ['GET', '/api/v1/namespaces', 'list v1 namespaces'],
  ['DELETE', '/api/v1/namespaces/a', 'delete v1 namespaces a'],
  ['PUT', '/api/v1/namespaces/a/finalize', 'update v1 namespaces a finalize'],
  ['GET', '/api/v1/namespaces/a/status', 'get v1 namespaces a status'],
  ['GET', '/api/v1/namespaces/a/pods/x%3Ay', 'get v1 a/pods x:y'],
  ['GET', '/api/v1/namespaces/a/pods/x?watch=1', 'get v1 a/pods x'],
  ['GET', '/api/v1/namespaces/a/pods?watch=FALSE', 'list v1 a/pods'],
  ['GET', '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx', 'list v1 a/pods x'],
  ['GET', '/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn,metadata.name%3D%3Dx', 'watch v1 pods x'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dx', 'list v1 pods'],
  ['DELETE', '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx', 'deletecollection v1 a/pods'],
  ['GET', '/api/v1/watch/pods', 'watch v1 pods'],
  ['GET', '/api/v1/watch/namespaces/a/pods/x', 'watch v1 a/pods x'],
  ['GET', '/apis/apps/v1/watch/namespaces/a/deployments', 'watch apps/v1 a/deployments'],
  ['POST', '/api/v1/watch/namespaces/a/pods', 'post v1 a/pods'],
  ['GET', '/api/v1', 'get'],
  ['GET', '/apis/apps', 'get'],
  ['GET', '/healthz', 'get'],
];

test.each(cases)('parseRequestInfo() reads %s %s as %s', (method, url, expected) => {
  const { verb, group, version, namespace, resource, name, subresource } = parseRequestInfo(method, url);
  const type = group ? `${group}/${version}` : version;
  const place = namespace ? `${namespace}/${resource}` : resource;
  expect([verb, type, place, name, subresource].filter(Boolean).join(' ')).toBe(expected);
});

test('parseRequestInfo() refuses a path that cannot be decoded', () => {
  expect(() => parseRequestInfo('GET', '/api/v1/pods/%zz')).toThrow('percent sign');
});
