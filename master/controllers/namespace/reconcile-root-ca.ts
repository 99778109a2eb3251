/**
 * Every namespace has a ConfigMap `kube-root-ca.crt`: the certificate by which its pods know the api-server.
 *
 * The kubelet mounts it beside each ServiceAccount token. A copy that was removed or changed is put right, because a wrong one
 * locks every pod of the namespace out of the API.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
 */
import { type ConfigMap, configMapResource } from '../../../helper/api/core/config-map';
import type { Namespace } from '../../../helper/api/core/namespace';
import { EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { sameJson } from '../../../helper/controller/same-json';
import { isActive } from './is-active';

export const ROOT_CA_NAME = 'kube-root-ca.crt';
const DESCRIPTION = 'kubernetes.io/description';
const DESCRIPTION_TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Creates or repairs the ConfigMap of an active namespace. `certificate` is the PEM text of the cluster's authority. */
export function reconcileRootCa(
  namespace: Namespace | undefined,
  current: ConfigMap | undefined,
  certificate: string,
): Plan {
  if (!isActive(namespace)) return EMPTY_PLAN;
  const data = { 'ca.crt': certificate };
  const annotations = { ...current?.metadata.annotations, [DESCRIPTION]: DESCRIPTION_TEXT };
  if (!current) {
    const metadata = { name: ROOT_CA_NAME, namespace: namespace.metadata.name, annotations };
    const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    return { steps: [[{ verb: 'create', resource: configMapResource, object, ignoreExisting: true }]] };
  }
  const isRight = sameJson(current.data, data) && current.metadata.annotations?.[DESCRIPTION] === DESCRIPTION_TEXT;
  if (isRight) return EMPTY_PLAN;
  const object: ConfigMap = { ...current, metadata: { ...current.metadata, annotations }, data };
  return { steps: [[{ verb: 'update', resource: configMapResource, object }]] };
}
