/**
 * DefaultTolerationSeconds: pods may stay a while on a node that is in trouble, unless they say otherwise.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
 */
import type { Pod } from '../../../helper/api/core/pod';
import { addDefaultTolerations } from '../../../helper/api/core/pod-admission';
import { type AdmissionPlugin, isOneOf } from './review';

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, ['Pod']),
  mutate({ registry }, { object }) {
    addDefaultTolerations(object as Pod, registry.settings.podEvictionSeconds);
  },
};
