/**
 * Which node a user is: kubelets are the users `system:node:<name>` in the group `system:nodes`. Both are needed.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/#overview
 */
import type { User } from '../user';

const NODE_USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

/** The name of the node, '' when it is a node that cannot be told which; undefined when the user is no node. */
export function nodeIdentity({ name, groups }: User): string | undefined {
  if (!name.startsWith(NODE_USER_PREFIX) || !groups.includes(NODES_GROUP)) return undefined;
  return name.slice(NODE_USER_PREFIX.length);
}
