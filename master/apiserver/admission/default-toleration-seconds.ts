/**
 * DefaultTolerationSeconds: pods may stay a while on a node that is in trouble, unless they say otherwise.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
 */
import type { Pod } from '../../../helper/api/core/pod';
import { addDefaultTolerations } from '../../../helper/api/core/pod-admission';
import { type AdmissionPlugin, isOneOf } from './review';

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  // Of updates too: whoever replaces the tolerations of a pod did not mean to lose these.
  handles: (kind, operation) => operation !== 'delete' && isOneOf(kind, ['Pod']),
  mutate({ registry }, { object }) {
    addDefaultTolerations(object as Pod, registry.settings.podEvictionSeconds);
  },
};
