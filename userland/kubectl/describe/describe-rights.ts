/**
 * `describe` of ServiceAccounts, roles, bindings and Endpoints.
 */
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { AnyObject } from '../resources/get-object';
import type { DescribeText } from './describe-text';

function head(text: DescribeText, { metadata }: AnyObject): void {
  text.line(0, 'Name:', metadata.name);
  if (metadata.namespace) text.line(0, 'Namespace:', metadata.namespace);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
}

interface Account {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly secrets?: readonly { readonly name?: string }[];
}

/** `tokens`: names of the Secrets that hold tokens of it. */
export function describeServiceAccount(text: DescribeText, account: AnyObject, tokens: readonly string[]): void {
  const { imagePullSecrets = [], secrets = [] } = account as AnyObject & Account;
  head(text, account);
  const list = (label: string, names: readonly (string | undefined)[]) => {
    if (names.length === 0) text.line(0, label, '<none>');
    names.forEach((name, index) => {
      text.line(0, index === 0 ? label : '', name ?? '');
    });
  };
  list(
    'Image pull secrets:',
    imagePullSecrets.map(({ name }) => name),
  );
  list(
    'Mountable secrets:',
    secrets.map(({ name }) => name),
  );
  list('Tokens:', tokens);
}

const list = (texts: readonly string[] = []) => `[${texts.join(' ')}]`;

/** One row a resource, or a path. */
export function describeRole(text: DescribeText, role: AnyObject): void {
  const { rules = [] } = role as AnyObject & { readonly rules?: readonly PolicyRule[] };
  const { metadata } = role;
  text.line(0, 'Name:', metadata.name);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ').line(0, 'PolicyRule:');
  const ofResources = rules.flatMap(({ apiGroups = [''], resources = [], resourceNames, verbs }) =>
    resources.flatMap((resource) =>
      apiGroups.map((group) => [group ? `${resource}.${group}` : resource, '[]', list(resourceNames), list(verbs)]),
    ),
  );
  const ofPaths = rules.flatMap(({ nonResourceURLs = [], verbs }) =>
    nonResourceURLs.map((path) => ['', list([path]), '[]', list(verbs)]),
  );
  text.table(1, ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'], [...ofResources, ...ofPaths]);
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

export function describeEndpoints(text: DescribeText, object: AnyObject): void {
  const { subsets = [] } = object as Endpoints;
  head(text, object);
  text.line(0, 'Subsets:');
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const ips = (all: readonly { readonly ip: string }[]) => all.map(({ ip }) => ip).join(',') || '<none>';
    text.line(1, 'Addresses:', ips(addresses)).line(1, 'NotReadyAddresses:', ips(notReadyAddresses));
    if (ports.length > 0) {
      text.line(1, 'Ports:');
      text.table(
        2,
        ['Name', 'Port', 'Protocol'],
        ports.map(({ name, port, protocol = 'TCP' }) => [name ?? '<unset>', String(port), protocol]),
      );
    }
    text.line(0, '');
  }
}
