import type { AnyObject } from '../resources/get-object';
import { ruleRows } from './auth';
import { coversRule, reconciled } from './auth-reconcile';
import { jobFrom } from './create-policies';

const rule = (verbs: string[], resources: string[], apiGroups = ['']) => ({ verbs, resources, apiGroups });

test.each([
  ['the same', rule(['get'], ['pods']), rule(['get'], ['pods']), true],
  ['all verbs', rule(['*'], ['pods']), rule(['get', 'list'], ['pods']), true],
  ['fewer verbs', rule(['get'], ['pods']), rule(['get', 'list'], ['pods']), false],
  ['another group', rule(['get'], ['pods']), rule(['get'], ['pods'], ['apps']), false],
  ['one name only', { ...rule(['get'], ['pods']), resourceNames: ['a'] }, rule(['get'], ['pods']), false],
])('coversRule() of %s', (_, wide, narrow, expected) => {
  expect(coversRule(wide, narrow)).toBe(expected);
});

describe('reconciled()', () => {
  const role = (...rules: object[]) =>
    ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules }) as AnyObject;
  const binding = (roleRef: object, ...names: string[]) =>
    ({
      kind: 'RoleBinding',
      metadata: { name: 'b' },
      roleRef,
      subjects: names.map((name) => ({ kind: 'User', name })),
    }) as unknown as AnyObject;

  it('adds the rules that are missing and keeps the others', () => {
    const { object, act } = reconciled(role(rule(['get'], ['pods'])), role(rule(['list'], ['pods'])), {});
    expect([object.rules, act]).toEqual([[rule(['get'], ['pods']), rule(['list'], ['pods'])], 'update']);
  });
  it('has nothing to do when all is covered', () => {
    expect(reconciled(role(rule(['*'], ['*'])), role(rule(['get'], ['pods'])), {}).act).toBeUndefined();
  });
  it('takes away extra rules when told', () => {
    const flags = { removeExtraPermissions: true };
    expect(reconciled(role(rule(['*'], ['*'])), role(rule(['get'], ['pods'])), flags).object.rules).toEqual([
      rule(['get'], ['pods']),
    ]);
  });
  it('adds subjects, and makes a binding anew whose role differs', () => {
    expect(reconciled(binding({ name: 'r' }, 'a'), binding({ name: 'r' }, 'b'), {}).object.subjects).toHaveLength(2);
    expect(reconciled(binding({ name: 'r' }), binding({ name: 'other' }), {}).act).toBe('recreate');
  });
});

test('ruleRows() has a row for every resource and every path', () => {
  const status = {
    resourceRules: [rule(['get'], ['pods', 'deployments'], ['apps']), rule(['*'], ['*'], ['*'])],
    nonResourceRules: [{ nonResourceURLs: ['/version', '/api'], verbs: ['get'] }],
  };
  expect(ruleRows(status).map((row) => row.slice(0, 2).join(' '))).toEqual([
    '*.* []',
    'pods.apps []',
    'deployments.apps []',
    ' [/api]',
    ' [/version]',
  ]);
});

test('jobFrom() makes the Job a CronJob would make, owned by it', () => {
  const jobTemplate = { metadata: { labels: { a: 'b' } }, spec: { template: {} } };
  const cronJob = {
    kind: 'CronJob',
    metadata: { name: 'cj', uid: '7' },
    spec: { jobTemplate },
  } as unknown as AnyObject;
  expect(jobFrom('now', cronJob)).toMatchObject({
    kind: 'Job',
    metadata: {
      name: 'now',
      labels: { a: 'b' },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ kind: 'CronJob', name: 'cj', uid: '7', controller: true }],
    },
  });
  expect(() => jobFrom('now', { kind: 'Job', metadata: { name: 'x' } } as AnyObject)).toThrow('existing cronjob');
});
