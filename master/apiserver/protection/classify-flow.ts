/**
 * Which flow a request belongs to: the first FlowSchema, by precedence and then by name, that speaks of its user and of what it asks for.
 *
 * Subjects are matched once a user: of a dozen schemas few speak of the same one, and only the rules of those are read a request.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/flow-schema-v1/
 */
import type { NonResourcePolicyRule, ResourcePolicyRule, Subject } from 'kubernetes-types/flowcontrol/v1';
import type { User } from '../auth/user';
import type { RequestInfo } from '../request-info';
import type { FlowSchema } from './default-flow-control';

/** The flow of a request: requests of one flow wait in one line. */
export interface Flow {
  readonly schema: FlowSchema;
  /** the user or namespace by which the schema tells flows apart; '' when it does not */
  readonly distinguisher: string;
}

const ALL = '*';
const SERVICE_ACCOUNT = 'system:serviceaccount:';

function isSubject(subject: Subject, { name, groups }: User): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === ALL || subject.user?.name === name;
    case 'Group':
      return subject.group?.name === ALL || groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      const { namespace = '', name: account = '' } = subject.serviceAccount ?? {};
      const start = `${SERVICE_ACCOUNT}${namespace}:`;
      return account === ALL ? name.startsWith(start) : name === start + account;
    }
    default:
      return false;
  }
}

const has = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes(ALL) || list.includes(value));

function matchesResource(rule: ResourcePolicyRule, info: RequestInfo): boolean {
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  const isPlace = info.namespace === '' ? rule.clusterScope === true : has(rule.namespaces, info.namespace);
  return isPlace && has(rule.verbs, info.verb) && has(rule.apiGroups, info.group) && has(rule.resources, resource);
}

/** `/healthz/*` stands for all below; without the star a path stands for itself. */
function matchesPath(pattern: string, path: string): boolean {
  if (pattern === ALL || pattern === path) return true;
  return pattern.endsWith('/*') && path.startsWith(pattern.slice(0, -1));
}

function matchesNonResource(rule: NonResourcePolicyRule, info: RequestInfo): boolean {
  return has(rule.verbs, info.verb) && rule.nonResourceURLs.some((pattern) => matchesPath(pattern, info.path));
}

/** A schema as far as it speaks of one user. */
interface Candidate {
  readonly schema: FlowSchema;
  readonly resourceRules: readonly ResourcePolicyRule[];
  readonly nonResourceRules: readonly NonResourcePolicyRule[];
}

function candidateOf(schema: FlowSchema, user: User): Candidate | undefined {
  const rules = (schema.spec?.rules ?? []).filter(({ subjects }) => subjects.some((one) => isSubject(one, user)));
  if (rules.length === 0) return undefined;
  return {
    schema,
    resourceRules: rules.flatMap(({ resourceRules = [] }) => resourceRules),
    nonResourceRules: rules.flatMap(({ nonResourceRules = [] }) => nonResourceRules),
  };
}

function distinguisherOf(schema: FlowSchema, user: User, info: RequestInfo): string {
  const type = schema.spec?.distinguisherMethod?.type;
  if (type === 'ByUser') return user.name;
  return type === 'ByNamespace' ? info.namespace : '';
}

const precedenceOf = ({ spec }: FlowSchema) => spec?.matchingPrecedence ?? 1000;

export class FlowClassifier {
  private readonly schemas: readonly FlowSchema[];
  private readonly candidates = new WeakMap<User, readonly Candidate[]>();

  constructor(schemas: readonly FlowSchema[]) {
    this.schemas = [...schemas].sort(
      (a, b) => precedenceOf(a) - precedenceOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
    );
  }

  /** undefined when no schema speaks of the request. */
  classify(user: User, info: RequestInfo): Flow | undefined {
    for (const { schema, resourceRules, nonResourceRules } of this.candidatesOf(user)) {
      const isMatch = info.isResource
        ? resourceRules.some((rule) => matchesResource(rule, info))
        : nonResourceRules.some((rule) => matchesNonResource(rule, info));
      if (isMatch) return { schema, distinguisher: distinguisherOf(schema, user, info) };
    }
    return undefined;
  }

  private candidatesOf(user: User): readonly Candidate[] {
    let known = this.candidates.get(user);
    if (!known) {
      known = this.schemas.flatMap((schema) => candidateOf(schema, user) ?? []);
      this.candidates.set(user, known);
    }
    return known;
  }
}
