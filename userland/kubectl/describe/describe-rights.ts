/**
 * `describe` of ServiceAccounts, roles and bindings.
 */
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import type { AnyObject } from '../resources/get-object';
import { describeHead } from './describe-head';
import type { DescribeText } from './describe-text';

interface Account {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly secrets?: readonly { readonly name?: string }[];
}

/** `tokens`: names of the Secrets that hold tokens of it; `secretNames`: of all Secrets there are. */
export function describeServiceAccount(
  text: DescribeText,
  account: AnyObject,
  tokens: readonly string[],
  secretNames: ReadonlySet<string>,
): void {
  const { imagePullSecrets = [], secrets = [] } = account as AnyObject & Account;
  const checked = (references: readonly { readonly name?: string }[]) =>
    references.map(({ name = '' }) => (secretNames.has(name) ? name : `${name} (not found)`));
  describeHead(text, account);
  text.list('Image pull secrets', checked(imagePullSecrets)).list('Mountable secrets', checked(secrets));
  text.list('Tokens', tokens);
}

/** One row of the table: what may be done with one resource, or one path. */
interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly resourceName: string | undefined;
  readonly path: string | undefined;
  readonly verbs: string[];
}

/** Rules taken apart, and put together again by what they are about. */
function grantsOf(rules: readonly PolicyRule[]): Grant[] {
  const grants = new Map<string, Grant>();
  const add = (about: Omit<Grant, 'verbs'>, verbs: readonly string[]) => {
    const key = JSON.stringify(about);
    const grant = grants.get(key) ?? { ...about, verbs: [] };
    grants.set(key, grant);
    grant.verbs.push(...verbs.filter((verb) => !grant.verbs.includes(verb)));
  };
  for (const { apiGroups = [''], resources = [], resourceNames = [], nonResourceURLs = [], verbs } of rules) {
    for (const path of nonResourceURLs) add({ group: '', resource: '', resourceName: undefined, path }, verbs);
    for (const group of apiGroups)
      for (const resource of resources)
        for (const resourceName of resourceNames.length > 0 ? resourceNames : [undefined])
          add({ group, resource, resourceName, path: undefined }, verbs);
  }
  return [...grants.values()];
}

const listText = (texts: readonly (string | undefined)[] = []) =>
  `[${texts.filter((text) => text !== undefined).join(' ')}]`;

/** The order of rows: by verbs, then by group, resource, name and path, each as it is shown. */
function orderOf({ verbs, group, resource, resourceName, path }: Grant): string {
  return [listText(verbs), `[${group}]`, `[${resource}]`, listText([resourceName]), listText([path])].join();
}

/** `daemonsets.apps/status` */
function grantedText({ group, resource }: Grant): string {
  const [name = '', subresource] = resource.split('/', 2);
  return `${name}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`;
}

export function describeRole(text: DescribeText, role: AnyObject): void {
  const { rules = [] } = role as AnyObject & { readonly rules?: readonly PolicyRule[] };
  const { metadata } = role;
  text.line(0, 'Name:', metadata.name);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ').line(0, 'PolicyRule:');
  const grants = grantsOf(rules)
    .map((grant) => [orderOf(grant), grant] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  text.table(
    1,
    ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'],
    grants.map(([, grant]) => [
      grantedText(grant),
      listText([grant.path]),
      listText([grant.resourceName]),
      listText(grant.verbs),
    ]),
  );
}

export function describeBinding(text: DescribeText, binding: AnyObject): void {
  const { roleRef, subjects = [] } = binding as AnyObject & {
    readonly roleRef?: RoleRef;
    readonly subjects?: readonly Subject[];
  };
  const { metadata } = binding;
  text.line(0, 'Name:', metadata.name);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text
    .line(0, 'Role:')
    .line(1, 'Kind:', roleRef?.kind ?? '')
    .line(1, 'Name:', roleRef?.name ?? '');
  text.line(0, 'Subjects:');
  text.table(
    1,
    ['Kind', 'Name', 'Namespace'],
    subjects.map(({ kind, name, namespace = '' }) => [kind, name, namespace]),
  );
}
