/**
 * What users read about their Ingresses: the address in status, an error where something is missing, and events in words. Pure.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressStatus
 */
import type { IngressLoadBalancerIngress } from 'kubernetes-types/networking/v1';
import type { Service } from '../../../helper/api/core/service';
import type { Ingress } from '../../../helper/api/networking/ingress';
import type { EventDraft } from '../../../helper/controller/controller';
import type { Finding } from './plan-servers';

const REASONS: Readonly<Record<Finding['kind'], string>> = {
  refused: 'Rejected',
  conflict: 'PathConflict',
  canary: 'CanaryWithoutMain',
  backend: 'BackendNotReady',
  certificate: 'CertificateNotFound',
  proxy: 'ProxyNotReady',
};

/** One event a finding. */
export const eventsOf = (findings: readonly Finding[]): EventDraft[] =>
  findings.map(({ kind, field, reason }) => ({
    type: 'Warning',
    reason: REASONS[kind],
    message: `${field}: ${reason}`,
  }));

/** Where the Ingress is reached: the proxy's addresses, with the reason in its status when a part of it is not served. */
export function statusOf(
  ingress: Ingress,
  proxy: Service | undefined,
  findings: readonly Finding[],
): IngressLoadBalancerIngress[] {
  if (findings.some(({ kind }) => kind === 'refused')) return ingress.status?.loadBalancer?.ingress ?? [];
  const [finding] = findings;
  const ports = ingress.spec?.tls?.length ? [80, 443] : [80];
  const error = finding && `minik8s.io/${REASONS[finding.kind]}`;
  return (proxy?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
    ip ? [{ ip, ...(error ? { ports: ports.map((port) => ({ port, protocol: 'TCP', error })) } : {}) }] : [],
  );
}
