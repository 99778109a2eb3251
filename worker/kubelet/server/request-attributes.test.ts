import { accessToNode } from './request-attributes';

test.each([
  ['GET', '/stats/summary', 'get stats'],
  ['GET', '/stats', 'get stats'],
  ['GET', '/statsx', 'get proxy'],
  ['GET', '/metrics/cadvisor', 'get metrics'],
  ['GET', '/logs/kubelet.log', 'get log'],
  ['POST', '/exec/default/web/a', 'create proxy'],
  ['GET', '/containerLogs/default/web/a', 'get proxy'],
  ['GET', '/pods', 'get proxy'],
  ['PUT', '/', 'update proxy'],
  ['TRACE', '/pods', ' proxy'],
])('accessToNode() of %s %s is "%s"', (method, path, expected) => {
  const { verb, subresource } = accessToNode(method, path);
  expect(`${verb} ${subresource}`).toBe(expected);
});
