/**
 * The IngressClass of the cluster's own ingress controller.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
 */
import type { IngressClass } from './ingress-class';

/** What an IngressClass names to be served by it. */
export const NGINX_CONTROLLER = 'minik8s.io/ingress-nginx';

/** Marked as default: an Ingress that names no class is served. */
export const NGINX_CLASS: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
  spec: { controller: NGINX_CONTROLLER },
};
