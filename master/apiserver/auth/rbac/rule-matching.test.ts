import { rule, urlRule } from '../../../../helper/api/rbac/policy-rules';
import { type Access, resourceAccess } from '../access';
import { ruleAllows } from './rule-matching';

const path = (verb: string, url: string): Access => ({ ...resourceAccess(verb, ''), isResource: false, path: url });
const scale = { group: 'apps', subresource: 'scale' };

describe('ruleAllows()', () => {
  it.each([
    // The examples of the RBAC page.
    ['reads pods', rule('get list watch', '', 'pods'), resourceAccess('list', 'pods'), true],
    ['not their log', rule('get list watch', '', 'pods'), resourceAccess('get', 'pods', { subresource: 'log' }), false],
    [
      'the log when it is named',
      rule('get list', '', 'pods pods/log'),
      resourceAccess('get', 'pods', { subresource: 'log' }),
      true,
    ],
    [
      'a named ConfigMap',
      rule('update get', '', 'configmaps', 'my-configmap'),
      resourceAccess('update', 'configmaps', { name: 'my-configmap' }),
      true,
    ],
    [
      'no other ConfigMap',
      rule('update get', '', 'configmaps', 'my-configmap'),
      resourceAccess('get', 'configmaps', { name: 'other' }),
      false,
    ],
    [
      'no creation by name',
      rule('create', '', 'configmaps', 'my-configmap'),
      resourceAccess('create', 'configmaps'),
      false,
    ],
    ['no list by name', rule('list', '', 'configmaps', 'my-configmap'), resourceAccess('list', 'configmaps'), false],
    [
      'Deployments of apps',
      rule('get', 'apps', 'deployments'),
      resourceAccess('get', 'deployments', { group: 'apps' }),
      true,
    ],
    [
      'no Deployments of another group',
      rule('get', 'apps', 'deployments'),
      resourceAccess('get', 'deployments', { group: 'extensions' }),
      false,
    ],
    [
      'several groups',
      rule('get', 'apps extensions', 'deployments'),
      resourceAccess('get', 'deployments', { group: 'extensions' }),
      true,
    ],
    ['another verb', rule('get', '', 'pods'), resourceAccess('delete', 'pods'), false],
    ['a star for verbs', rule('*', '', 'pods'), resourceAccess('deletecollection', 'pods'), true],
    [
      'a star for groups',
      rule('get', '*', 'deployments'),
      resourceAccess('get', 'deployments', { group: 'apps' }),
      true,
    ],
    [
      'a star for resources, with subresources',
      rule('get', '', '*'),
      resourceAccess('get', 'pods', { subresource: 'exec' }),
      true,
    ],
    [
      'one subresource of everything',
      rule('update', 'apps', '*/scale'),
      resourceAccess('update', 'deployments', scale),
      true,
    ],
    [
      'not the thing itself',
      rule('update', 'apps', '*/scale'),
      resourceAccess('update', 'deployments', { group: 'apps' }),
      false,
    ],
    [
      'not another subresource',
      rule('update', 'apps', '*/scale'),
      resourceAccess('update', 'deployments', { ...scale, subresource: 'status' }),
      false,
    ],
    ['pods/* is no wildcard', rule('get', '', 'pods/*'), resourceAccess('get', 'pods', { subresource: 'log' }), false],
    ['a path', urlRule('get post', '/healthz /healthz/*'), path('get', '/healthz'), true],
    ['a path below', urlRule('get post', '/healthz /healthz/*'), path('post', '/healthz/ping'), true],
    ['not a longer word', urlRule('get', '/healthz /healthz/*'), path('get', '/healthzz'), false],
    ['every path', urlRule('*', '*'), path('get', '/metrics'), true],
    ['no path by a resource rule', rule('*', '*', '*'), path('get', '/metrics'), false],
    ['no resource by a path rule', urlRule('*', '*'), resourceAccess('get', 'pods'), false],
    ['nothing by an empty rule', { verbs: [] }, resourceAccess('get', 'pods'), false],
  ])('allows %s', (_what, policy, access, expected) => {
    expect(ruleAllows(policy, access)).toBe(expected);
  });
});
