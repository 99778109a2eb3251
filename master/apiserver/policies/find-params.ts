/**
 * Parameters of a policy: objects of the kind the policy names, chosen by the binding by name or by labels.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
 */
import type { ParamKind, ParamRef } from 'kubernetes-types/admissionregistration/v1';
import { matchesLabelSelector } from '../../../helper/api/label-selector';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import type { Registry } from '../registry';

const DENIED = 'no params found for policy binding with `Deny` parameterNotFoundAction';

/**
 * Each object to judge with; one `undefined` for a policy without parameters, none when they may be missing and are. Throws an Error
 * that says what is wrong with the configuration.
 */
export function findParams(
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  namespace: string,
  registry: Registry,
): readonly (KubeObject | undefined)[] {
  if (!paramKind || !paramRef) return [undefined];
  const { apiVersion = '', kind: name = '' } = paramKind;
  const kind = registry.kinds.find((row) => row.kind === name && apiVersionOf(row) === apiVersion);
  const cache = kind && registry.find(kind.group, kind.version, kind.plural);
  if (!cache) throw new Error(`paramKind kind \`${apiVersion}, Kind=${name}\` not known`);
  if (!kind.namespaced && paramRef.namespace) {
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const place = kind.namespaced ? paramRef.namespace || namespace : '';
  if (kind.namespaced && !place) {
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  }
  const found = paramRef.name
    ? [cache.get(place, paramRef.name)?.object].filter((object) => object !== undefined)
    : cache.table
        .list(place)
        .map(({ object }) => object)
        .filter(({ metadata }) => matchesLabelSelector(paramRef.selector, metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') throw new Error(DENIED);
  return found;
}
