/**
 * The second step of every request: may this user do this? One function, so that RBAC takes its place without a change elsewhere.
 *
 * For now every authenticated identity may do everything, except the short-lived ones machines join with.
 * Kubernetes also has roles and bindings; left out because RBAC comes with the kinds it stands on.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
import { StatusError } from '../../../helper/api/status-error';
import type { RequestInfo } from '../request-info';
import { BOOTSTRAP_GROUP, type User } from './user';

/** Throws Forbidden when the user may not do it. */
export type Authorize = (user: User, info: RequestInfo) => void;

function describe({ verb, resource, subresource, group, namespace }: RequestInfo): string {
  const target = subresource ? `${resource}/${subresource}` : resource;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `cannot ${verb} resource ${JSON.stringify(target)} in API group ${JSON.stringify(group)} ${scope}`;
}

function refusal(user: User, info: RequestInfo): StatusError {
  const who = `User ${JSON.stringify(user.name)}`;
  if (!info.isResource) {
    const message = `forbidden: ${who} cannot ${info.verb} path ${JSON.stringify(info.path)}`;
    return new StatusError('Forbidden', message, {});
  }
  const { resource, group, name } = info;
  const type = group ? `${resource}.${group}` : resource;
  const subject = name ? `${type} ${JSON.stringify(name)}` : type;
  return new StatusError('Forbidden', `${subject} is forbidden: ${who} ${describe(info)}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}

/** Everybody who is somebody. */
export const allowAuthenticated: Authorize = (user, info) => {
  if (info.isResource && user.groups.includes(BOOTSTRAP_GROUP)) throw refusal(user, info);
};
