/**
 * Which requests a webhook or an admission policy is about: rules of groups, versions, resources and operations.
 *
 * Both kinds of webhook configuration and the policies use the same words, so their defaults and validation are here once.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error';
import { each, follows, optionalOneOf } from '../field-rules';
import { validateLabelSelector } from '../label-selector';
import { pathSegment } from '../names';

/** A rule as the API has it. (npm kubernetes-types leaves out `resources` and `scope`.) */
export interface RequestRule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
  resourceNames?: string[];
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
/** What to do with a request that fails to be judged. */
export const FAILURE_POLICIES: readonly string[] = ['Fail', 'Ignore'];
/** Whether the same object in another version counts. */
export const MATCH_POLICIES: readonly string[] = ['Equivalent', 'Exact'];

/** Fills what users leave out of a list of rules. */
export function defaultRules(rules: readonly RequestRule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

/** A star stands for everything, so nothing may stand beside it. */
function aloneIfStar(values: readonly string[], star: string, others: string, field: string): FieldError[] {
  if (values.length < 2 || !values.includes(star)) return [];
  return [invalid(field, values, `if '${star}' is present, must not specify other ${others}`)];
}

function validateWords(values: readonly string[] | undefined, others: string, field: string, mayBeEmpty = false) {
  if (!values?.length) return [required(field)];
  const empty = mayBeEmpty ? [] : values.flatMap((value, index) => (value ? [] : [required(`${field}[${index}]`)]));
  return [...aloneIfStar(values, '*', others, field), ...empty];
}

/** Whether the rule names subresources (`pods/*`, `*` with `/status`) that another of its entries covers already. */
function validateResources(resources: readonly string[] | undefined, field: string): FieldError[] {
  if (!resources?.length) return [required(field)];
  const errors: FieldError[] = [];
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  for (const [index, name] of resources.entries()) {
    const at = `${field}[${index}]`;
    if (!name) {
      errors.push(required(at));
      continue;
    }
    const slash = name.indexOf('/');
    if (slash < 0) continue;
    const [resource, subresource] = [name.slice(0, slash), name.slice(slash + 1)];
    if (wholeResources.has(resource)) {
      errors.push(invalid(at, name, `if '${resource}/*' is present, must not specify ${name}`));
    }
    if (wholeSubresources.has(subresource)) {
      errors.push(invalid(at, name, `if '*/${subresource}' is present, must not specify ${name}`));
    }
    if (subresource === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((name) => name && name !== '*' && !name.includes('/'))) {
    errors.push(invalid(field, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
}

/** All that is wrong with one rule. */
export function validateRule(rule: RequestRule, path: string): FieldError[] {
  const { operations, apiGroups, apiVersions, resources, scope, resourceNames } = rule;
  const field = `${path}.operations`;
  return [
    ...each(resourceNames, `${path}.resourceNames`, (name, at, index) => [
      ...follows(pathSegment, name, at),
      ...((resourceNames?.indexOf(name) ?? index) < index ? [duplicate(at, name)] : []),
    ]),
    ...(operations?.length ? aloneIfStar(operations, '*', 'operations', field) : [required(field)]),
    ...each(operations, field, (operation, at) =>
      OPERATIONS.includes(operation) ? [] : [notSupported(at, operation, OPERATIONS)],
    ),
    ...validateWords(apiGroups, 'API groups', `${path}.apiGroups`, true),
    ...validateWords(apiVersions, 'API versions', `${path}.apiVersions`),
    ...validateResources(resources, `${path}.resources`),
    ...optionalOneOf(scope, SCOPES, `${path}.scope`),
  ];
}

/** The selectors of namespaces and objects. */
export function validateSelectors(
  { namespaceSelector, objectSelector }: { namespaceSelector?: LabelSelector; objectSelector?: LabelSelector },
  path: string,
): FieldError[] {
  return [
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`) : []),
    ...(objectSelector ? validateLabelSelector(objectSelector, `${path}.objectSelector`) : []),
  ];
}
