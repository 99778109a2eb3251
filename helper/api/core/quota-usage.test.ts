import type { PodSpec } from 'kubernetes-types/core/v1';
import { isInScopes, usageOf, usesResource } from './quota-usage';

const NOW = new Date('2026-01-01T00:00:00Z');
const PODS = { group: '', plural: 'pods' };
const object = (fields: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', ...metadata },
  ...fields,
});
const podWith = (spec: Partial<PodSpec>, fields: object = {}) =>
  object({ spec: { containers: [{ name: 'c' }], ...spec }, ...fields });

describe('usageOf()', () => {
  test('a pod uses requests and limits, written as its author did', () => {
    const resources = {
      requests: { cpu: '500m', memory: '252Mi', 'example.com/dongle': '2' },
      limits: { memory: '1G', 'example.com/dongle': '2' },
    };
    expect(usageOf(PODS, podWith({ containers: [{ name: 'c', resources }] }), NOW)).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '500m',
      'requests.cpu': '500m',
      memory: '252Mi',
      'requests.memory': '252Mi',
      'requests.example.com/dongle': '2',
      'limits.memory': '1G',
    });
  });

  test.each([
    ['ended', podWith({}, { status: { phase: 'Succeeded' } })],
    [
      'is past its grace period',
      {
        ...podWith({}),
        metadata: { name: 'x', deletionTimestamp: '2025-12-31T00:00:00Z', deletionGracePeriodSeconds: 30 },
      },
    ],
  ])('a pod that %s is an object and nothing more', (_what, pod) => {
    expect(usageOf(PODS, pod, NOW)).toEqual({ 'count/pods': '1' });
  });

  test.each([
    [{ type: 'ClusterIP', ports: [{}] }, '0', '0'],
    [{ type: 'NodePort', ports: [{}, {}] }, '2', '0'],
    [{ type: 'LoadBalancer', ports: [{}] }, '1', '1'],
    [{ type: 'LoadBalancer', ports: [{}, { nodePort: 30000 }], allocateLoadBalancerNodePorts: false }, '1', '1'],
  ])('a service %j uses %s node ports and %s load balancers', (spec, nodePorts, balancers) => {
    expect(usageOf({ group: '', plural: 'services' }, object({ spec }), NOW)).toMatchObject({
      services: '1',
      'services.nodeports': nodePorts,
      'services.loadbalancers': balancers,
    });
  });

  test('a claim uses storage, also of its class', () => {
    const spec = { storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } };
    expect(usageOf({ group: '', plural: 'persistentvolumeclaims' }, object({ spec }), NOW)).toEqual({
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '1Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
    });
  });

  test('everything else counts, some kinds by an older name too', () => {
    expect(usageOf({ group: 'apps', plural: 'deployments' }, object(), NOW)).toEqual({ 'count/deployments.apps': '1' });
    expect(usageOf({ group: '', plural: 'secrets' }, object(), NOW)).toEqual({ 'count/secrets': '1', secrets: '1' });
  });
});

test('usesResource() knows the resources of each type', () => {
  expect(
    ['pods', 'requests.cpu', 'hugepages-2Mi', 'requests.example.com/gpu'].every((name) => usesResource(PODS, name)),
  ).toBe(true);
  expect(['secrets', 'requests.storage', 'count/pods.apps'].some((name) => usesResource(PODS, name))).toBe(false);
  expect(usesResource({ group: 'example.com', plural: 'gadgets' }, 'count/gadgets.example.com')).toBe(true);
});

describe('isInScopes()', () => {
  const limited = { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] };
  const term = { topologyKey: 'zone', namespaces: ['other'] };
  const affine = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
  const byPriority = (operator: string, ...values: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
  });
  test.each([
    [{ scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, {}],
    [{ scopes: ['NotTerminating'] }, {}, { activeDeadlineSeconds: 5 }],
    [{ scopes: ['BestEffort'] }, {}, limited],
    [{ scopes: ['NotBestEffort', 'NotTerminating'] }, limited, {}],
    [{ scopes: ['PriorityClass'] }, { priorityClassName: 'a' }, {}],
    [byPriority('In', 'a'), { priorityClassName: 'a' }, { priorityClassName: 'b' }],
    [byPriority('NotIn', 'a'), { priorityClassName: 'b' }, { priorityClassName: 'a' }],
    [byPriority('DoesNotExist'), {}, { priorityClassName: 'a' }],
    [{ scopes: ['CrossNamespacePodAffinity'] }, affine, {}],
  ])('%j has the one pod and not the other', (spec, inside, outside) => {
    expect([isInScopes(spec, PODS, podWith(inside)), isInScopes(spec, PODS, podWith(outside))]).toEqual([true, false]);
    expect(isInScopes(spec, { group: '', plural: 'services' }, object())).toBe(false);
  });
});
