/**
 * The one error that crosses HTTP: Kubernetes' `Status` object as an Error.
 *
 * Thrown by the api-server's handlers, sent as the body, parsed back by the client into the same class, so callers on
 * either side use the predicates below and never compare texts. One table maps reason to code.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
import type { FieldError } from './field-error';

const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  ServerTimeout: 500,
} as const;

export type StatusReason = keyof typeof CODES;

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The wire form of an error. `code` is the HTTP status. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

export class StatusError extends Error {
  readonly reason: string;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: StatusReason | (string & {}), message: string, details?: StatusDetails, code?: number) {
    super(message);
    this.name = 'StatusError';
    this.reason = reason;
    this.code = code ?? CODES[reason as StatusReason] ?? 500;
    this.details = details;
  }

  /** The body the api-server sends. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** Reverses {@link toStatus}; anything that is not a Status becomes an error with the given HTTP code. */
  static fromBody(body: unknown, httpCode: number): StatusError {
    const status = body as Partial<Status> | null;
    if (status && typeof status === 'object' && status.kind === 'Status') {
      return new StatusError(
        status.reason ?? '',
        status.message ?? `HTTP ${httpCode}`,
        status.details,
        status.code ?? httpCode,
      );
    }
    const text = typeof body === 'string' && body ? body.slice(0, 500) : `the server answered ${httpCode}`;
    const reason = (Object.keys(CODES) as StatusReason[]).find((key) => CODES[key] === httpCode) ?? 'InternalError';
    return new StatusError(reason, text, undefined, httpCode);
  }
}

/** Plural resource and group of the object an error speaks of, as Kubernetes prints them: `deployments.apps`. */
export interface ErrorSubject {
  readonly group: string;
  readonly plural: string;
}

const qualified = (subject: ErrorSubject) => (subject.group ? `${subject.plural}.${subject.group}` : subject.plural);
const detailsOf = (subject: ErrorSubject, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(subject.group ? { group: subject.group } : {}),
  kind: subject.plural,
});

export const badRequest = (message: string) => new StatusError('BadRequest', message);
export const unauthorized = (message = 'Unauthorized') => new StatusError('Unauthorized', message);
export const forbiddenError = (subject: ErrorSubject, name: string, message: string) =>
  new StatusError(
    'Forbidden',
    `${qualified(subject)} ${JSON.stringify(name)} is forbidden: ${message}`,
    detailsOf(subject, name),
  );
export const notFound = (subject: ErrorSubject, name: string) =>
  new StatusError('NotFound', `${qualified(subject)} ${JSON.stringify(name)} not found`, detailsOf(subject, name));
/** The path itself is unknown: no such kind, group or version. */
export const unknownPath = () => new StatusError('NotFound', 'the server could not find the requested resource', {});
export const alreadyExists = (subject: ErrorSubject, name: string) =>
  new StatusError(
    'AlreadyExists',
    `${qualified(subject)} ${JSON.stringify(name)} already exists`,
    detailsOf(subject, name),
  );
export const conflict = (subject: ErrorSubject, name: string, message: string) =>
  new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} ${JSON.stringify(name)}: ${message}`,
    detailsOf(subject, name),
  );
export const expired = (message: string) => new StatusError('Expired', message);
export const methodNotAllowed = (message = 'the server does not allow this method on the requested resource') =>
  new StatusError('MethodNotAllowed', message);
export const notAcceptable = (message: string) => new StatusError('NotAcceptable', message);
export const unsupportedMediaType = (message: string) => new StatusError('UnsupportedMediaType', message);
export const tooLarge = (message: string) => new StatusError('RequestEntityTooLarge', message);
export const internalError = (message: string) =>
  new StatusError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
export const unavailable = (message: string) => new StatusError('ServiceUnavailable', message);

/** 422 with one cause per field. `kind` is the Kind (`Pod`), as Kubernetes prints it: `Pod "x" is invalid: ...`. */
export function invalidObject(
  subject: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualifiedKind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  return new StatusError('Invalid', `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${joined}`, {
    name,
    ...(subject.group ? { group: subject.group } : {}),
    kind: subject.kind,
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

const hasReason = (error: unknown, reason: StatusReason) => error instanceof StatusError && error.reason === reason;

export const isNotFound = (error: unknown) => hasReason(error, 'NotFound');
/** True when it is this object that is missing, not its namespace or something it refers to. */
export const isNotFoundOf = (error: unknown, subject: ErrorSubject, name: string) =>
  error instanceof StatusError &&
  error.reason === 'NotFound' &&
  error.details?.kind === subject.plural &&
  error.details.name === name;
export const isAlreadyExists = (error: unknown) => hasReason(error, 'AlreadyExists');
export const isConflict = (error: unknown) => hasReason(error, 'Conflict');
export const isExpired = (error: unknown) => error instanceof StatusError && error.code === 410;
