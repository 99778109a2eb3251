/**
 * How an exec or attach ended, in the form of its protocol's version. Pure.
 *
 * Since v4 the error channel carries a Status, Success included, with the exit code as a cause. Before that it carried a plain
 * text, and nothing at all on success. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */

export interface Outcome {
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: object;
  readonly code?: number;
}

export const SUCCESS: Outcome = { metadata: {}, status: 'Success' };

/** The outcome of a command that ran to its end. */
export function exitOutcome(exitCode: number, command: readonly string[]): Outcome {
  if (exitCode === 0) return SUCCESS;
  const shown = `error executing command [${command.join(' ')}], exit code ${exitCode}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${shown}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The outcome of a command that could not be run, or whose streams broke. */
export function failureOutcome(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
}

/** Bytes for the error channel; empty when this version says nothing. */
export function outcomeBytes(outcome: Outcome, sendsStatus: boolean): Buffer {
  if (sendsStatus) return Buffer.from(JSON.stringify(outcome));
  return Buffer.from(outcome.status === 'Success' ? '' : (outcome.message ?? 'failed'));
}
