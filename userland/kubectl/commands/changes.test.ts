import type { Pod } from '../../../helper/api/core/pod';
import { planDrain } from '../drain/plan-drain';
import { bodyOf, editText, parseEdited } from '../edit/edit-text';
import { parsePlace } from './cp';
import { forwardedPath, patternsOf, USUAL_FILTER } from './proxy-filter';
import { envChange, parseAmounts, resourcesChange } from './set-fields';
import { parseTaints, taintChange } from './taint';

const resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
  subresources: [],
};
const deployment = (env: object[]) => ({
  resource,
  object: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { containers: [{ name: 'web', env }] } } },
  },
});
const node = (...taints: object[]) =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { taints } }) as never;

describe('taintChange()', () => {
  const present = { key: 'a', value: '1', effect: 'NoSchedule' };
  test('adds, replaces and removes', () => {
    expect(taintChange(node(), parseTaints(['a=1:NoSchedule']), false)).toMatchObject({
      patch: { spec: { taints: [present] } },
      done: 'tainted',
    });
    expect(taintChange(node(present), parseTaints(['a=2:NoSchedule']), true)).toMatchObject({
      patch: { spec: { taints: [{ ...present, value: '2' }] } },
      done: 'modified',
    });
    expect(taintChange(node(present), parseTaints(['a-']), false)).toMatchObject({
      patch: { spec: { taints: [] } },
      done: 'untainted',
    });
  });
  test('refuses to overwrite, and to remove what is not there', () => {
    expect(() => taintChange(node(present), parseTaints(['a=2:NoSchedule']), false)).toThrow('--overwrite is false');
    expect(() => taintChange(node(), parseTaints(['b:NoSchedule-']), false)).toThrow('taint "b:NoSchedule" not found');
    expect(() => parseTaints(['a=1:Never'])).toThrow('invalid taint effect: Never');
  });
});

describe('envChange()', () => {
  test('sets what differs and removes what is there', () => {
    const changes = new Map([
      ['A', '2'],
      ['B', null],
      ['C', null],
    ]);
    const found = deployment([
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ]);
    const env = [
      { name: 'A', value: '2' },
      { name: 'B', $patch: 'delete' },
    ];
    expect(envChange(found, changes, undefined)).toMatchObject({
      patch: { spec: { template: { spec: { containers: [{ name: 'web', env }] } } } },
    });
    expect(envChange(found, new Map([['A', '1']]), undefined)).toBe('env unchanged');
    expect(() => envChange(found, changes, 'other')).toThrow('unable to find container named "other"');
  });
});

test('resourcesChange() takes an amount of 0 away', () => {
  const amounts = { limits: parseAmounts('cpu=200m,memory=0'), requests: undefined };
  expect(resourcesChange(deployment([]), amounts, undefined).patch).toEqual({
    spec: {
      template: { spec: { containers: [{ name: 'web', resources: { limits: { cpu: '200m', memory: null } } }] } },
    },
  });
});

describe('planDrain()', () => {
  const pod = (name: string, owner: string | undefined, fields: object = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ...(owner
        ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'o', uid: 'u', controller: true }] }
        : {}),
    },
    spec: { containers: [] },
    ...fields,
  });
  const none = { force: false, ignoreDaemonsets: false, deleteEmptydirData: false };
  const pods = [
    pod('managed', 'ReplicaSet'),
    pod('daemon', 'DaemonSet'),
    pod('bare', undefined),
    pod('data', 'ReplicaSet', { spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] } }),
    pod('done', undefined, { status: { phase: 'Succeeded' } }),
  ];

  test('says what stands in the way', () => {
    expect(planDrain(pods, none).errors).toEqual([
      'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/daemon',
      'cannot delete Pods that declare no controller (use --force to override): default/bare',
      'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/data',
    ]);
  });
  test('takes all but the pods of DaemonSets when told to', () => {
    const plan = planDrain(pods, { force: true, ignoreDaemonsets: true, deleteEmptydirData: true });
    expect(plan.evicted.map(({ metadata }) => metadata.name)).toEqual(['managed', 'bare', 'data', 'done']);
    expect([plan.errors, plan.warnings.length]).toEqual([[], 3]);
  });
});

test('editText() and bodyOf() cancel out, and parseEdited() wants an object', () => {
  expect(bodyOf(editText('kind: Pod\n', 'refused\nfor a reason'))).toBe('kind: Pod\n');
  expect(parseEdited('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n')).toMatchObject({ kind: 'Pod' });
  expect(() => parseEdited('nothing')).toThrow('is not an object');
});

describe('parsePlace()', () => {
  test.each([
    ['web:/etc/hosts', { pod: 'web', path: '/etc/hosts' }],
    ['lab/web:/tmp', { namespace: 'lab', pod: 'web', path: '/tmp' }],
    ['./a:b', { path: './a:b' }],
    ['file', { path: 'file' }],
  ])('reads %s', (text, expected) => {
    expect(parsePlace(text)).toEqual(expected);
  });
  test('refuses what is neither', () => {
    expect(() => parsePlace('a/b/c:d')).toThrow('filespec must match');
  });
});

const filterOf = (prefix: string, changes: Partial<Record<keyof typeof USUAL_FILTER, string>> = {}) => {
  const { acceptHosts, acceptPaths, rejectPaths, rejectMethods } = { ...USUAL_FILTER, ...changes };
  return {
    prefix,
    acceptHosts: patternsOf(acceptHosts),
    acceptPaths: patternsOf(acceptPaths),
    rejectPaths: patternsOf(rejectPaths),
    rejectMethods: patternsOf(rejectMethods),
  };
};

test('forwardedPath() passes on requests that name this machine, and no streams into containers', () => {
  const asked = (url: string, host = 'localhost:8001', method = 'GET') => ({ url, method, headers: { host } });
  expect(forwardedPath(asked('/api?a=b'), filterOf('/'))).toBe('/api?a=b');
  expect(forwardedPath(asked('/api', '[::1]:8001'), filterOf('/'))).toBe('/api');
  expect(forwardedPath(asked('/k8s/api'), filterOf('/k8s/'))).toBe('/api');
  expect(forwardedPath(asked('/api'), filterOf('/k8s/'))).toBeUndefined();
  expect(forwardedPath(asked('/api', 'evil.example.com'), filterOf('/'))).toBeUndefined();
  expect(forwardedPath(asked('/api/v1/namespaces/a/pods/b/exec'), filterOf('/'))).toBeUndefined();
  const lab = { acceptHosts: '^lab$,^localhost$', rejectMethods: 'POST,PUT', acceptPaths: '^/api' };
  expect(forwardedPath(asked('/api', 'lab'), filterOf('/', lab))).toBe('/api');
  expect(forwardedPath(asked('/api', 'lab', 'POST'), filterOf('/', lab))).toBeUndefined();
  expect(forwardedPath(asked('/version', 'lab'), filterOf('/', lab))).toBeUndefined();
  expect(() => patternsOf('(')).toThrow('invalid pattern "("');
});
