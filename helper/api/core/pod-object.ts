/**
 * The type of a pod object, in a file of its own: the files that hold a pod's rules need it, and `pod.ts` needs them.
 *
 * Everyone else imports it from `pod.ts`.
 */
import type { Pod as PublishedPod } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';

export type Pod = ApiObject<PublishedPod>;
