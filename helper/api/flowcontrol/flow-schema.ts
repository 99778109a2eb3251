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
  Subject,
} from 'kubernetes-types/flowcontrol/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { each, oneOf, requiredName } from '../field-rules';
import type { ApiObject } from '../meta';
import { dnsLabel, dnsSubdomain } from '../names';
import type { Resource } from '../resource';

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
const DISTINGUISHERS = ['ByNamespace', 'ByUser'];
const SUBJECT_FIELDS = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind, user, group, serviceAccount } = subject;
  if (!Object.hasOwn(SUBJECT_FIELDS, kind ?? '')) {
    return [notSupported(`${path}.kind`, kind, Object.keys(SUBJECT_FIELDS).sort())];
  }
  const expected = SUBJECT_FIELDS[kind as keyof typeof SUBJECT_FIELDS];
  const errors = Object.entries(SUBJECT_FIELDS).flatMap(([type, field]) => {
    if (field === expected || !subject[field]) return [];
    return [forbidden(`${path}.${field}`, `${field} is forbidden when subject kind is not '${type}'`)];
  });
  if (!subject[expected])
    return [required(`${path}.${expected}`, `${expected} is required when subject kind is '${kind}'`)];
  if (kind === 'User') return [...errors, ...(user?.name ? [] : [required(`${path}.user.name`)])];
  if (kind === 'Group') return [...errors, ...(group?.name ? [] : [required(`${path}.group.name`)])];
  const { name, namespace } = serviceAccount ?? {};
  return [
    ...errors,
    ...(name === '*' ? [] : requiredName(dnsSubdomain, name, `${path}.serviceAccount.name`)),
    ...requiredName(dnsLabel, namespace, `${path}.serviceAccount.namespace`),
  ];
}

/** Words of which a star stands for all, and then stands alone. */
function validateWords(words: readonly string[] | undefined, field: string): FieldError[] {
  if (!words?.length) return [required(field)];
  const isMixed = words.length > 1 && words.includes('*');
  return isMixed ? [invalid(field, words, `if '*' is present, must not specify other ${field.split('.').at(-1)}`)] : [];
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldError[] {
  const { namespaces, clusterScope } = rule;
  const scopes = namespaces ?? [];
  return [
    ...validateWords(rule.verbs, `${path}.verbs`),
    ...validateWords(rule.apiGroups, `${path}.apiGroups`),
    ...validateWords(rule.resources, `${path}.resources`),
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
    ...each(scopes, `${path}.namespaces`, (namespace, at) =>
      namespace === '*' ? [] : dnsLabel(namespace).map((reason) => invalid(at, namespace, reason)),
    ),
  ];
}

function validateNonResourceRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string): FieldError[] {
  return [...validateWords(verbs, `${path}.verbs`), ...validateWords(nonResourceURLs, `${path}.nonResourceURLs`)];
}

function validateRules(rules: PolicyRulesWithSubjects, path: string): FieldError[] {
  const { subjects, resourceRules, nonResourceRules } = rules;
  return [
    ...(subjects?.length ? each(subjects, `${path}.subjects`, validateSubject) : [required(`${path}.subjects`)]),
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
  return [
    ...validatePrecedence(matchingPrecedence, metadata.name),
    ...(distinguisherMethod ? oneOf(distinguisherMethod.type, DISTINGUISHERS, 'spec.distinguisherMethod.type') : []),
    ...requiredName(dnsSubdomain, priorityLevelConfiguration?.name, 'spec.priorityLevelConfiguration.name'),
    ...each(rules, 'spec.rules', validateRules),
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
});
