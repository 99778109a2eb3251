/**
 * An answer of the kubelet's server that is an error: status code and plain text, as Kubernetes' kubelet answers.
 */
export class HttpError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}
