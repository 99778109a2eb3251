/**
 * DefaultIngressClass: an Ingress that names no class gets the one marked as default.
 *
 * Of several marked ones the newest counts, of those made in the same second the first by name.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class
 */
import type { Ingress } from '../../../helper/api/networking/ingress';
import { ingressClassResource } from '../../../helper/api/networking/ingress-class';
import { newestMarked } from './newest-marked';
import { type AdmissionPlugin, isOneOf } from './review';

const DEFAULT_MARK = 'ingressclass.kubernetes.io/is-default-class';
const OLD_CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, ['Ingress.networking.k8s.io']),
  mutate({ registry }, { object }) {
    const ingress = object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[OLD_CLASS_ANNOTATION]) return;
    const name = newestMarked(registry.cacheOf(ingressClassResource), DEFAULT_MARK)?.metadata.name;
    if (name) ingress.spec = { ...ingress.spec, ingressClassName: name };
  },
};
