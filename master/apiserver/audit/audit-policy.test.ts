import { parseRequestInfo } from '../request-info';
import { chooseAudit, parsePolicy } from './audit-policy';

const policyOf = (...rules: readonly object[]) =>
  parsePolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }, 'test');
const ADA = { name: 'ada', groups: ['math', 'system:authenticated'] };
const levelOf = (rule: object, method: string, path: string) =>
  chooseAudit(policyOf({ level: 'Request', ...rule }), parseRequestInfo(method, path), ADA).level;

const POD = '/api/v1/namespaces/default/pods/web';

test.each<[string, object, string, string, boolean]>([
  ['everything', {}, 'GET', '/healthz', true],
  ['the user', { users: ['ada'] }, 'GET', POD, true],
  ['another user', { users: ['bob'] }, 'GET', POD, false],
  ['a group', { userGroups: ['art', 'math'] }, 'GET', POD, true],
  ['a verb', { verbs: ['create', 'get'] }, 'GET', POD, true],
  ['another verb', { verbs: ['create'] }, 'GET', POD, false],
  ['a namespace', { namespaces: ['default'] }, 'GET', POD, true],
  ['another namespace', { namespaces: ['kube-system'] }, 'GET', POD, false],
  ['no namespace', { namespaces: [''] }, 'GET', '/api/v1/nodes', true],
  ['a group of resources', { resources: [{ group: 'apps' }] }, 'GET', '/apis/apps/v1/deployments', true],
  ['the core group', { resources: [{ group: '' }] }, 'GET', '/apis/apps/v1/deployments', false],
  ['a resource', { resources: [{ group: '', resources: ['pods'] }] }, 'GET', POD, true],
  ['a resource but not what is under it', { resources: [{ resources: ['pods'] }] }, 'GET', `${POD}/log`, false],
  ['a subresource', { resources: [{ resources: ['pods/log'] }] }, 'GET', `${POD}/log`, true],
  ['all that is under it', { resources: [{ resources: ['pods/*'] }] }, 'GET', `${POD}/log`, true],
  ['a subresource of any', { resources: [{ resources: ['*/log'] }] }, 'GET', `${POD}/log`, true],
  ['all resources', { resources: [{ resources: ['*'] }] }, 'GET', `${POD}/log`, true],
  ['a name', { resources: [{ resources: ['pods'], resourceNames: ['web'] }] }, 'GET', POD, true],
  ['another name', { resources: [{ resources: ['pods'], resourceNames: ['db'] }] }, 'GET', POD, false],
  ['a path', { nonResourceURLs: ['/version', '/healthz*'] }, 'GET', '/healthz/ping', true],
  ['another path', { nonResourceURLs: ['/version'] }, 'GET', '/healthz', false],
  ['a path, not an object', { nonResourceURLs: ['*'] }, 'GET', POD, false],
  ['objects, not a path', { resources: [{ group: '' }] }, 'GET', '/healthz', false],
])('chooseAudit() takes a rule for %s', (_, rule, method, path, fits) => {
  expect(levelOf(rule, method, path)).toBe(fits ? 'Request' : 'None');
});

test('chooseAudit() goes by the first rule that fits and adds its stages to those of the policy', () => {
  const policy = policyOf(
    { level: 'None', verbs: ['list'] },
    { level: 'Metadata', omitStages: ['Panic'], omitManagedFields: true },
  );
  expect(chooseAudit(policy, parseRequestInfo('GET', '/api/v1/pods'), ADA).level).toBe('None');
  expect(chooseAudit(policy, parseRequestInfo('GET', POD), ADA)).toEqual({
    level: 'Metadata',
    omitStages: new Set(['RequestReceived', 'Panic']),
    omitManagedFields: true,
  });
});

test.each<[object, string]>([
  [{}, 'rules[0].level: "" is none of None, Metadata, Request, RequestResponse'],
  [{ level: 'Metadata', nonResourceURLs: ['x'] }, `"x" must begin with a '/'`],
  [{ level: 'Metadata', nonResourceURLs: ['/a*b'] }, `"/a*b" may have '*' only at its end`],
  [
    { level: 'Metadata', nonResourceURLs: ['/a'], namespaces: ['b'] },
    'cannot apply to both regular resources and non-resource URLs',
  ],
  [{ level: 'Metadata', omitStages: ['Later'] }, '"Later" is none of'],
  [{ level: 'Metadata', resources: [{ resourceNames: ['a'] }] }, 'resourceNames needs resources beside it'],
])('parsePolicy() refuses %j', (rule, message) => {
  expect(() => policyOf(rule)).toThrow(message);
});

test('parsePolicy() refuses what is no policy', () => {
  expect(() => parsePolicy(null, 'file')).toThrow(
    'the audit policy file cannot be used: expected apiVersion audit.k8s.io/v1 and kind Policy; rules: at least one is needed',
  );
});
