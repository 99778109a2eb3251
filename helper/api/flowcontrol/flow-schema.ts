/**
 * FlowSchema: which requests belong together, and how important they are.
 *
 * Served and checked; this server tells requests apart in its own, simpler way (see the README of the api-server).
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  FlowSchema as PublishedFlowSchema,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from 'kubernetes-types/flowcontrol/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { each, follows, oneOf, requiredName } from '../field-rules';
import type { ApiObject } from '../meta';
import { dnsLabel, dnsSubdomain } from '../names';
import type { Resource } from '../resource';
import { keepsFixedSchema, validateFlowConditions } from './fixed-specs';

export type FlowSchema = ApiObject<PublishedFlowSchema>;

const flowSchemaResource: Resource<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const DEFAULT_PRECEDENCE = 1000;
const LAST_PRECEDENCE = 10_000;
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const NAMESPACE_RULE = "each member of this list must be '*' or a DNS-1123 label";
const DISTINGUISHERS = ['ByNamespace', 'ByUser'];
const SUBJECT_FIELDS = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind, user, group, serviceAccount } = subject;
  if (!Object.hasOwn(SUBJECT_FIELDS, kind ?? '')) {
    return [notSupported(`${path}.kind`, kind, Object.keys(SUBJECT_FIELDS).sort())];
  }
  const expected = SUBJECT_FIELDS[kind as keyof typeof SUBJECT_FIELDS];
  const others = Object.entries(SUBJECT_FIELDS).flatMap(([type, field]) => {
    if (field === expected || !subject[field]) return [];
    return [forbidden(`${path}.${field}`, `${field} is forbidden when subject kind is not '${type}'`)];
  });
  const field = `${path}.${expected}`;
  if (!subject[expected]) return [required(field, `${expected} is required when subject kind is '${kind}'`), ...others];
  if (serviceAccount && kind === 'ServiceAccount') return [...validateAccount(serviceAccount, field), ...others];
  const name = kind === 'User' ? user?.name : group?.name;
  return [...(name ? [] : [required(`${field}.name`)]), ...others];
}

function validateAccount({ name, namespace }: ServiceAccountSubject, path: string): FieldError[] {
  return [
    ...(name === '*' ? [] : requiredName(dnsSubdomain, name, `${path}.name`)),
    ...(namespace
      ? follows(dnsLabel, namespace, `${path}.namespace`)
      : [required(`${path}.namespace`, 'must specify namespace for service account')]),
  ];
}

/** Words of which a star stands for all, and then stands alone. `empty` says what one is missing, `others` what stands beside it. */
function validateWords(
  words: readonly string[] | undefined,
  field: string,
  empty: string,
  others: string,
): FieldError[] {
  if (!words?.length) return [required(field, empty)];
  const isMixed = words.length > 1 && words.includes('*');
  return isMixed ? [invalid(field, words, `if '*' is present, must not specify other ${others}`)] : [];
}

function validateVerbs(verbs: readonly string[] | undefined, field: string): FieldError[] {
  const errors = validateWords(verbs, field, 'verbs must contain at least one value', 'verbs');
  if (errors.length > 0 || verbs?.every((verb) => verb === '*' || VERBS.includes(verb))) return errors;
  return [notSupported(field, verbs, VERBS)];
}

function validateUrl(url: string, field: string): FieldError[] {
  if (url === '/') return [];
  const stars = url.split('*').length - 1;
  const isMisplaced = stars > 1 || (stars === 1 && !url.endsWith('/*'));
  if (!url) return [invalid(field, url, 'must not be empty')];
  if (!url.startsWith('/')) return [invalid(field, url, 'must start with slash')];
  if (url.includes(' ')) return [invalid(field, url, 'must not contain white-space')];
  if (url.includes('//')) return [invalid(field, url, 'must not contain double slash')];
  return isMisplaced ? [invalid(field, url, 'wildcard can only do suffix matching')] : [];
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldError[] {
  const { namespaces, clusterScope } = rule;
  const scopes = namespaces ?? [];
  return [
    ...validateVerbs(rule.verbs, `${path}.verbs`),
    ...validateWords(
      rule.apiGroups,
      `${path}.apiGroups`,
      'resource rules must supply at least one api group',
      'api groups',
    ),
    ...validateWords(
      rule.resources,
      `${path}.resources`,
      'resource rules must supply at least one resource',
      'resources',
    ),
    ...(scopes.length === 0 && !clusterScope
      ? [
          required(
            `${path}.namespaces`,
            'resource rules that are not cluster scoped must supply at least one namespace',
          ),
        ]
      : []),
    ...(scopes.length > 1 && scopes.includes('*')
      ? [invalid(`${path}.namespaces`, scopes, "if '*' is present, must not specify other namespaces")]
      : []),
    ...(scopes.includes('*')
      ? []
      : each(scopes, `${path}.namespaces`, (namespace, at) =>
          dnsLabel(namespace).map((reason) => invalid(at, namespace, `${NAMESPACE_RULE}; ${reason}`)),
        )),
  ];
}

function validateNonResourceRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string): FieldError[] {
  const field = `${path}.nonResourceURLs`;
  return [
    ...validateVerbs(verbs, `${path}.verbs`),
    ...validateWords(nonResourceURLs, field, 'nonResourceURLs must contain at least one value', 'non-resource URLs'),
    ...(nonResourceURLs?.includes('*') ? [] : each(nonResourceURLs, field, validateUrl)),
  ];
}

function validateRules(rules: PolicyRulesWithSubjects, path: string): FieldError[] {
  const { subjects, resourceRules, nonResourceRules } = rules;
  return [
    ...(subjects?.length
      ? each(subjects, `${path}.subjects`, validateSubject)
      : [required(`${path}.subjects`, 'subjects must contain at least one value')]),
    ...(resourceRules?.length || nonResourceRules?.length
      ? []
      : [required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')]),
    ...each(resourceRules, `${path}.resourceRules`, validateResourceRule),
    ...each(nonResourceRules, `${path}.nonResourceRules`, validateNonResourceRule),
  ];
}

function validatePrecedence(precedence: number | undefined, name: string): FieldError[] {
  const field = 'spec.matchingPrecedence';
  const value = precedence ?? 0;
  if (value <= 0) return [invalid(field, value, 'must be a positive value')];
  if (value > LAST_PRECEDENCE) return [invalid(field, value, `must not be greater than ${LAST_PRECEDENCE}`)];
  if (value === 1 && name !== 'exempt')
    return [invalid(field, value, "only the schema named 'exempt' may have matchingPrecedence 1")];
  return [];
}

function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const { matchingPrecedence, distinguisherMethod, priorityLevelConfiguration, rules } = spec ?? ({} as FlowSchemaSpec);
  const level = priorityLevelConfiguration?.name;
  return [
    ...validatePrecedence(matchingPrecedence, metadata.name),
    ...(distinguisherMethod ? oneOf(distinguisherMethod.type, DISTINGUISHERS, 'spec.distinguisherMethod.type') : []),
    ...(level
      ? follows(dnsSubdomain, level, 'spec.priorityLevelConfiguration.name')
      : [required('spec.priorityLevelConfiguration.name', 'must reference a priority level')]),
    ...each(rules, 'spec.rules', validateRules),
    ...keepsFixedSchema(metadata.name, spec),
  ];
}

/** Row of the table: FlowSchema. */
export const flowSchemaKind = /* @__PURE__ */ defineKind<FlowSchema>({
  resource: flowSchemaResource,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column(
      'PriorityLevel',
      'string',
      'The priority level the requests get.',
      ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '',
    ),
    column(
      'MatchingPrecedence',
      'integer',
      'Schemas are tried in this order.',
      ({ spec }) => spec?.matchingPrecedence ?? 0,
    ),
    column(
      'DistinguisherMethod',
      'string',
      'What tells flows of one schema apart.',
      ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    ),
    ageColumn,
    column(
      'MissingPL',
      'string',
      'Whether the priority level is not there.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
  prepareForCreate(schema) {
    schema.status = {};
  },
  applyDefaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
  },
  validate: validateFlowSchema,
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
});
