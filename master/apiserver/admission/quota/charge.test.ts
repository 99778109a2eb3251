import { chargeOf, excessOf, limitedResources, missingAmounts, withCharge, withoutCharge } from './charge';

const NOW = new Date();
const PODS = { group: '', plural: 'pods' };
const SERVICES = { group: '', plural: 'services' };
const quota = (hard: Record<string, string>, used: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  status: { hard, used },
});
const pod = (...resources: object[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: resources.map((each, index) => ({ name: `c${index}`, resources: each })) },
});
const service = (type: string, ...ports: object[]) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec: { type, ports },
});

test('excessOf() says what was asked for, used and allowed of what does not fit', () => {
  const charge = chargeOf(PODS, pod({ requests: { cpu: '600m' } }), undefined, NOW);
  const full = quota({ pods: '2', cpu: '1', memory: '1Gi' }, { pods: '2', cpu: '500m', memory: '0' });
  expect(excessOf(full, charge)).toBe(
    'exceeded quota: q, requested: cpu=600m,pods=1, used: cpu=500m,pods=2, limited: cpu=1,pods=2',
  );
  expect(excessOf(quota({ pods: '3' }, { pods: '2' }), charge)).toBeUndefined();
});

test('missingAmounts() names the containers that do not say what a limited resource needs', () => {
  const mixed = pod({ limits: { cpu: '1' } }, {});
  expect(missingAmounts(mixed, ['limits.memory', 'limits.cpu', 'pods'])).toBe(
    'must specify limits.cpu for: c1; limits.memory for: c0,c1',
  );
  expect(missingAmounts(mixed, ['pods'])).toBeUndefined();
});

test('chargeOf() an update is what it uses more than before', () => {
  const before = service('ClusterIP', {});
  expect(chargeOf(SERVICES, service('NodePort', {}, {}), before, NOW)).toEqual({ 'services.nodeports': '2' });
  expect(chargeOf(SERVICES, before, service('NodePort', {}), NOW)).toEqual({});
});

test('limitedResources() are those of the type that the status speaks of', () => {
  const both = quota({ pods: '1', services: '1', 'count/pods': '2' }, {});
  expect(limitedResources(both, PODS, pod({}))).toEqual(['pods', 'count/pods']);
  expect(limitedResources({ ...both, spec: { scopes: ['BestEffort'] } }, SERVICES, service('ClusterIP'))).toEqual([]);
});

test('withCharge() and withoutCharge() cancel out, and nothing goes below zero', () => {
  const before = quota({ pods: '2', memory: '1Gi' }, { pods: '1', memory: '0' });
  const charge = { pods: '1', memory: '64Mi', cpu: '1' };
  const charged = withCharge(before, charge);
  expect(charged.status?.used).toEqual({ pods: '2', memory: '64Mi' });
  expect(withoutCharge(charged, charge).status?.used).toEqual({ pods: '1', memory: '0' });
  expect(withoutCharge(before, { pods: '5' }).status?.used).toMatchObject({ pods: '0' });
});
