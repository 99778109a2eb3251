/**
 * What is said about a revision that is no longer there, or not there yet.
 *
 * 410 Expired: the store has forgotten it, list again. 504 with the cause ResourceVersionTooLarge: this server has not seen it yet, ask
 * again in a second. Clients act on reason and cause, so both are Kubernetes' own.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#unavailable-resource-versions
 */
import { expired, type Status, StatusError } from '../../../helper/api/status-error';
import { encodeContinue } from './continue-token';

/** 504 for a revision that has not been reached. */
export function tooLargeRevision(asked: number, current: number): StatusError {
  return new StatusError('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** 410 for a list at a revision that is gone. */
export const expiredList = () => expired('The resourceVersion for the provided list is too old.');

/** 410 for a page whose revision is gone, with a token by which the list goes on at the newest revision instead. */
class ExpiredContinue extends StatusError {
  constructor(private readonly token: string) {
    super(
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
        'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the ' +
        'provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first ' +
        'chunk was returned and now may show up in the list.',
    );
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.token } };
  }
}

/** `after`: the place the refused token stood at. */
export const expiredContinue = (after: string): StatusError =>
  new ExpiredContinue(encodeContinue({ revision: undefined, after }));
