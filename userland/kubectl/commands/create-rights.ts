/**
 * `create role`, `clusterrole` and their bindings, from flags.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#command-line-utilities
 */
import type { Command } from 'commander';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { CommandError } from '../command-error';
import type { AnyObject } from '../resources/get-object';
import type { Surroundings, TypedCreate } from './create-typed';
import { splitList } from './create-typed';

const GROUP = 'rbac.authorization.k8s.io';
const apiVersion = `${GROUP}/v1`;

/** Flags of these commands, as commander leaves them. */
export interface RightsFlags {
  readonly verb?: readonly string[];
  readonly resource?: readonly string[];
  readonly resourceName?: readonly string[];
  readonly nonResourceUrl?: readonly string[];
  readonly aggregationRule?: string;
  readonly role?: string;
  readonly clusterrole?: string;
  readonly user?: readonly string[];
  readonly group?: readonly string[];
  readonly serviceaccount?: readonly string[];
}

/** One rule for each API group the resources are of, in the order they were named. */
async function rulesOf(flags: RightsFlags, { find }: Surroundings): Promise<PolicyRule[]> {
  const verbs = [...(flags.verb ?? [])];
  if (!verbs.length) throw new CommandError('at least one verb must be specified');
  if (!flags.resource?.length && !flags.nonResourceUrl?.length)
    throw new CommandError('one of resource or nonResourceURL must be specified');
  const byGroup = new Map<string, string[]>();
  for (const text of flags.resource ?? []) {
    const [type = '', subresource] = text.split('/', 2);
    const { group, plural } = type === '*' ? { group: '*', plural: '*' } : await find(type);
    byGroup.set(group, [...(byGroup.get(group) ?? []), subresource ? `${plural}/${subresource}` : plural]);
  }
  const names = flags.resourceName?.length ? { resourceNames: [...flags.resourceName] } : {};
  const rules: PolicyRule[] = [...byGroup].map(([group, resources]) => ({
    verbs,
    apiGroups: [group],
    resources,
    ...names,
  }));
  return flags.nonResourceUrl?.length ? [...rules, { verbs, nonResourceURLs: [...flags.nonResourceUrl] }] : rules;
}

function subjectsOf({ user = [], group = [], serviceaccount = [] }: RightsFlags): object[] {
  return [
    ...user.map((name) => ({ kind: 'User', apiGroup: GROUP, name })),
    ...group.map((name) => ({ kind: 'Group', apiGroup: GROUP, name })),
    ...serviceaccount.map((text) => {
      const [namespace, name, ...more] = text.split(':');
      if (!namespace || !name || more.length) throw new CommandError('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', namespace, name };
    }),
  ];
}

function bindingOf(kind: string, name: string, flags: RightsFlags): AnyObject {
  const { role, clusterrole } = flags;
  if (kind === 'RoleBinding' && (role === undefined) === (clusterrole === undefined))
    throw new CommandError('exactly one of clusterrole or role must be specified');
  if (kind === 'ClusterRoleBinding' && !clusterrole)
    throw new CommandError('exactly one clusterrole must be specified');
  const roleRef = { apiGroup: GROUP, kind: role ? 'Role' : 'ClusterRole', name: role ?? clusterrole };
  const binding = { apiVersion, kind, metadata: { name }, subjects: subjectsOf(flags), roleRef };
  return binding as AnyObject;
}

const addRuleFlags = (command: Command) =>
  command
    .option('--verb <verbs>', 'get,list,...', splitList)
    .option('--resource <types>', 'pods, deployments.apps, pods/log', splitList)
    .option('--resource-name <name>', 'only objects of this name', splitList);
const addSubjectFlags = (command: Command) =>
  command
    .option('--clusterrole <name>', 'the ClusterRole to bind')
    .option('--user <name>', 'to a user', splitList)
    .option('--group <name>', 'to a group', splitList)
    .option('--serviceaccount <namespace:name>', 'to an account', splitList);

export const RIGHTS_CREATES: readonly TypedCreate<RightsFlags>[] = [
  {
    name: 'role',
    description: 'create role reader --verb=get,list --resource=pods',
    addFlags: addRuleFlags,
    build: async (name, flags, around) =>
      ({ apiVersion, kind: 'Role', metadata: { name }, rules: await rulesOf(flags, around) }) as AnyObject,
  },
  {
    name: 'clusterrole',
    description: 'create clusterrole reader --verb=get,list --resource=nodes',
    addFlags: (command) => addRuleFlags(command).option('--non-resource-url <paths>', '/healthz, /logs/*', splitList),
    build: async (name, flags, around) =>
      ({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules: await rulesOf(flags, around) }) as AnyObject,
  },
  {
    name: 'rolebinding',
    description: 'create rolebinding mine --role=reader --user=me',
    addFlags: (command) => addSubjectFlags(command).option('--role <name>', 'the Role to bind'),
    build: (name, flags) => bindingOf('RoleBinding', name, flags),
  },
  {
    name: 'clusterrolebinding',
    description: 'create clusterrolebinding mine --clusterrole=view --user=me',
    addFlags: addSubjectFlags,
    build: (name, flags) => bindingOf('ClusterRoleBinding', name, flags),
  },
];
