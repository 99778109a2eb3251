/**
 * The refusal of a request that nobody allowed, word for word as Kubernetes says it: tools and people read these messages.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
import { StatusError } from '../../../helper/api/status-error';
import type { Access } from './access';
import type { User } from './user';

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Names come from the request; a browser that is shown the message must not read them as markup. */
const withoutMarkup = (text: string) => text.replace(/[&<>]/g, (sign) => MARKUP[sign] ?? sign);

function describe(user: User, access: Access): string {
  const who = `User ${JSON.stringify(user.name)}`;
  if (!access.isResource) return `${who} cannot ${access.verb} path ${JSON.stringify(access.path)}`;
  const { verb, resource, subresource, group, namespace } = access;
  const target = subresource ? `${resource}/${subresource}` : resource;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `${who} cannot ${verb} resource ${JSON.stringify(target)} in API group ${JSON.stringify(group)} ${scope}`;
}

/** 403 with what was tried by whom; `reason` (of the authorizers) is appended when there is one. */
export function forbiddenAccess(user: User, access: Access, reason = ''): StatusError {
  const { resource, group, name } = access;
  const text = withoutMarkup(describe(user, access)) + (reason ? `: ${reason}` : '');
  if (!access.isResource) return new StatusError('Forbidden', `forbidden: ${text}`, {});
  const type = group ? `${resource}.${group}` : resource;
  const subject = name ? `${type} ${JSON.stringify(name)}` : type;
  return new StatusError('Forbidden', `${subject} is forbidden: ${text}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}
