/**
 * The 422 to a patch that is well-formed but does not fit the object. Kubernetes does not say what of it does not.
 */
import { StatusError } from '../api/status-error';

/** No causes: kubectl would show them instead of the message. */
export const doesNotFit = () =>
  new StatusError('Invalid', 'the server rejected our request due to an error in our request', {});
