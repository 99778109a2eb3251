/**
 * Who is served by which schema, by the default configuration.
 */
import type { User } from '../auth/user';
import { parseRequestInfo } from '../request-info';
import { FlowClassifier } from './classify-flow';
import { DEFAULT_FLOW_SCHEMAS, DEFAULT_PRIORITY_LEVELS } from './default-flow-control';
import { limitsOf } from './request-gate';

const AUTHENTICATED = 'system:authenticated';
const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, AUTHENTICATED] });
const ADMIN = user('admin', 'system:masters');
const NODE = user('system:node:one', 'system:nodes');
const ADA = user('ada');
const SYSTEM_ACCOUNT = user('system:serviceaccount:kube-system:dns', 'system:serviceaccounts');
const ACCOUNT = user('system:serviceaccount:default:app', 'system:serviceaccounts');
const COMPONENT = user('system:minik8s:replica-set-controller', 'system:minik8s:components');
const NOBODY: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
const PODS = '/api/v1/namespaces/shop/pods';

const cases: readonly [User, string, string, string][] = [
  [ADMIN, 'GET', PODS, 'exempt'],
  [NOBODY, 'GET', '/livez', 'probes'],
  [ADA, 'GET', '/readyz', 'probes'],
  [ADA, 'POST', '/readyz', 'global-default by ada'],
  [ADA, 'GET', PODS, 'global-default by ada'],
  [NOBODY, 'GET', '/version', 'global-default by system:anonymous'],
  [NODE, 'GET', PODS, 'system-nodes by system:node:one'],
  [NODE, 'PATCH', '/api/v1/nodes/one/status', 'system-node-high by system:node:one'],
  [
    NODE,
    'PUT',
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/one',
    'system-node-high by system:node:one',
  ],
  [SYSTEM_ACCOUNT, 'PUT', LEASE, `system-leader-election by ${SYSTEM_ACCOUNT.name}`],
  [SYSTEM_ACCOUNT, 'GET', PODS, 'kube-system-service-accounts by shop'],
  [ACCOUNT, 'GET', PODS, `service-accounts by ${ACCOUNT.name}`],
  [COMPONENT, 'PUT', LEASE, `system-leader-election by ${COMPONENT.name}`],
  [COMPONENT, 'GET', PODS, `minik8s-components by ${COMPONENT.name}`],
  [user('system:kube-scheduler'), 'POST', `${PODS}/x/binding`, 'kube-scheduler by shop'],
];

test.each(cases)('classify() of %p, %s %s is %s', (who, method, url, expected) => {
  const flow = new FlowClassifier(DEFAULT_FLOW_SCHEMAS).classify(who, parseRequestInfo(method, url));
  const by = flow?.distinguisher ? ` by ${flow.distinguisher}` : '';
  expect(`${flow?.schema.metadata.name}${by}`).toBe(expected);
});

test('classify() finds nothing where no schema speaks of the request', () => {
  const onlyAdmin = new FlowClassifier(DEFAULT_FLOW_SCHEMAS.slice(0, 1));
  expect(onlyAdmin.classify(ADA, parseRequestInfo('GET', PODS))).toBeUndefined();
});

test('limitsOf() divides the seats by the shares of the levels', () => {
  const limits = limitsOf(DEFAULT_PRIORITY_LEVELS);
  const seats = Object.fromEntries([...limits].map(([name, limit]) => [name, limit.seats]));
  expect(seats).toEqual({
    exempt: Number.POSITIVE_INFINITY,
    'catch-all': 13,
    'node-high': 98,
    system: 74,
    'leader-election': 25,
    'workload-high': 98,
    'workload-low': 245,
    'global-default': 49,
  });
  expect(limits.get('catch-all')?.maxWaitingPerFlow).toBe(0);
  expect(limits.get('workload-low')?.maxWaitingPerFlow).toBe(300);
});
