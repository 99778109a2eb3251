/**
 * One line of the audit trail: audit.k8s.io/v1 Event, made from what is remembered of a request.
 *
 * A line tells of one stage: RequestReceived, ResponseStarted (of streams only), ResponseComplete, or Panic when the server failed. Bodies come with
 * the levels Request and RequestResponse, which only a policy file asks for.
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Event
 */
import type { IncomingMessage } from 'node:http';
import type { Status } from '../../../helper/api/status-error';
import type { User } from '../auth/user';
import type { RequestTrace } from '../request-trace';

const LONGEST_CAUSE = 512;

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

interface AuditedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

type ResponseStatus = { readonly metadata: object; readonly code: number } & Partial<Omit<Status, 'metadata' | 'code'>>;

export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditedUser;
  readonly impersonatedUser?: AuditedUser;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly responseStatus?: ResponseStatus;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where lines go. Neither call ever throws, and `record` never waits. */
export interface AuditSink {
  record(event: AuditEvent): void;
  /** Resolves when what was recorded is out of the house. */
  close(): Promise<void>;
}

/** What a line says beyond the trace. */
export interface AuditMoment {
  readonly level: Level;
  readonly stage: Stage;
  /** milliseconds, performance.now() */
  readonly at: number;
  /** 0: nothing was answered yet */
  readonly code: number;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
}

const withoutEmpty = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));

const microTime = (milliseconds: number) =>
  new Date(performance.timeOrigin + milliseconds).toISOString().replace('Z', '000Z');

function identityOf({ name, uid, groups, extra }: User): AuditedUser {
  const hasExtra = extra !== undefined && Object.keys(extra).length > 0;
  return { username: name, ...(uid ? { uid } : {}), groups, ...(hasExtra ? { extra } : {}) };
}

/** Addresses the request came through, the sender's own first: what proxies say they passed on, then who is connected. */
function sourceAddresses({ headers, socket }: IncomingMessage): string[] {
  const forwarded = headers['x-forwarded-for'];
  const named = typeof forwarded === 'string' ? forwarded.split(',').map((address) => address.trim()) : [];
  const real = headers['x-real-ip'];
  if (typeof real === 'string' && !named.includes(real)) named.push(real);
  const remote = socket.remoteAddress ?? '';
  if (remote && named.at(-1) !== remote) named.push(remote);
  return named;
}

function annotationsOf(cause: unknown, { decision, annotations }: RequestTrace): Record<string, string> {
  return {
    ...(decision ? { 'authorization.k8s.io/decision': decision.allowed ? 'allow' : 'forbid' } : {}),
    ...(decision ? { 'authorization.k8s.io/reason': decision.reason } : {}),
    ...(typeof cause === 'string' ? { 'minik8s.io/cause': cause.slice(0, LONGEST_CAUSE) } : {}),
    ...annotations,
  };
}

function objectReference({ info, object }: RequestTrace): Readonly<Record<string, string>> {
  const { resource, namespace, group, version, subresource } = info;
  return withoutEmpty({
    resource,
    namespace,
    name: object?.name ?? info.name,
    uid: object?.object.metadata.uid ?? '',
    apiGroup: group,
    apiVersion: version,
    resourceVersion: object ? String(object.revision) : '',
    subresource,
  });
}

function responseStatus({ failure }: RequestTrace, { stage, code }: AuditMoment): ResponseStatus {
  if (!failure) return { metadata: {}, code };
  const { status, reason, message, details } = failure;
  const said = stage === 'Panic' ? `APIServer panic'd: ${message ?? ''}` : message;
  return { metadata: {}, status, message: said, reason, ...(details ? { details } : {}), code } as ResponseStatus;
}

/** The line of one stage of a request. */
export function auditEvent(req: IncomingMessage, trace: RequestTrace, moment: AuditMoment): AuditEvent {
  const { info, sender, user, auditId } = trace;
  const { level, stage, at, code, requestObject, responseObject } = moment;
  const userAgent = req.headers['user-agent'];
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
    stage,
    requestURI: req.url ?? '',
    verb: info.verb,
    user: sender.name ? identityOf(sender) : {},
    ...(user === sender ? {} : { impersonatedUser: identityOf(user) }),
    sourceIPs: sourceAddresses(req),
    ...(userAgent ? { userAgent } : {}),
    ...(info.isResource ? { objectRef: objectReference(trace) } : {}),
    ...(code > 0 ? { responseStatus: responseStatus(trace, moment) } : {}),
    ...(requestObject === undefined ? {} : { requestObject }),
    ...(responseObject === undefined ? {} : { responseObject }),
    requestReceivedTimestamp: microTime(trace.startedAt),
    stageTimestamp: microTime(at),
    annotations: annotationsOf(req.headers['minik8s-cause'], trace),
  };
}
