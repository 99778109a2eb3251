/**
 * SelfSubjectRulesReview: the list of what somebody may do in a namespace, as `kubectl auth can-i --list` shows it.
 *
 * For people to read, not for programs to decide by: rules of the Node authorizer cannot be listed, so for a node the list is incomplete.
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
 */
import type { SubjectRulesReviewStatus } from 'kubernetes-types/authorization/v1';
import { nodeIdentity } from '../node/node-identity';
import type { User } from '../user';
import { joinErrors, type RbacAuthorizer } from './rbac-authorizer';

const NODE_ERROR = 'node authorizer does not support user rule resolution';

/** The status of the review. */
export function reviewRules(
  rbac: Pick<RbacAuthorizer, 'rulesFor'>,
  user: User,
  namespace: string,
): SubjectRulesReviewStatus {
  const { rules, errors } = rbac.rulesFor(user, namespace);
  const isNode = nodeIdentity(user) !== undefined;
  const evaluationError = joinErrors([...(isNode ? [NODE_ERROR] : []), ...errors]);
  return {
    resourceRules: rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      resources.length > 0
        ? [{ verbs, apiGroups, resources, ...(resourceNames.length > 0 ? { resourceNames } : {}) }]
        : [],
    ),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs = [] }) =>
      nonResourceURLs.length > 0 ? [{ verbs, nonResourceURLs }] : [],
    ),
    incomplete: isNode,
    ...(evaluationError ? { evaluationError } : {}),
  };
}
