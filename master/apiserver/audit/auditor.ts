/**
 * Decides at each stage of a request whether the audit trail gets a line, and gathers what goes into it.
 *
 * Without a policy file: every write and every refusal (401, 403), each when it is answered, exec, attach and port forwarding when they begin and when
 * they end, all at level Metadata; that costs a request nothing before its end. With a file, what it says.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Status } from '../../../helper/api/status-error';
import { isLongRunning } from '../protection/request-gate';
import type { RequestTrace } from '../request-trace';
import { type AuditMoment, type AuditSink, auditEvent, type Stage } from './audit-event';
import { type AuditChoice, type AuditPolicy, chooseAudit } from './audit-policy';
import { keepAnswer, objectOf } from './audited-bodies';
import { failedAuthentication } from './failed-authentication';

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const SWITCHING_PROTOCOLS = 101;
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const HAS_REQUEST_BODY: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);
const BY_DEFAULT: AuditChoice = { level: 'Metadata', omitStages: new Set(), omitManagedFields: false };

/** A request the policy has something to say about. */
interface Audited {
  readonly req: IncomingMessage;
  readonly trace: RequestTrace;
  readonly choice: AuditChoice;
}

export class Auditor {
  constructor(
    private readonly log: AuditSink,
    /** undefined: the default, as above */
    private readonly policy: AuditPolicy | undefined,
  ) {}

  /** A request has come in; what it leads to is written down when it is answered. */
  begin(req: IncomingMessage, res: ServerResponse, trace: RequestTrace): void {
    if (this.policy) this.follow(this.policy, req, res, trace);
  }

  /** The sender's credentials were not good: what rules say of everybody counts. */
  turnedAway(req: IncomingMessage, trace: RequestTrace): void {
    const choice = this.policy ? chooseAudit(this.policy, trace.info, trace.sender) : BY_DEFAULT;
    if (choice.level === 'None') return;
    const failure: Status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: failedAuthentication(req),
      code: UNAUTHORIZED,
    };
    trace.failure = failure;
    this.record({ req, trace, choice }, 'ResponseStarted', UNAUTHORIZED);
  }

  /** The answer has ended. Does nothing when a policy has said what is to be done. */
  end(req: IncomingMessage, trace: RequestTrace, code: number, endedAt: number): void {
    if (this.policy) return;
    const { isResource, verb } = trace.info;
    if ((!isResource || READS.has(verb)) && code !== FORBIDDEN) return;
    const stage = trace.isPanic ? 'Panic' : 'ResponseComplete';
    this.log.record(auditEvent(req, trace, { level: 'Metadata', stage, at: endedAt, code }));
  }

  private follow(policy: AuditPolicy, req: IncomingMessage, res: ServerResponse, trace: RequestTrace): void {
    const choice = chooseAudit(policy, trace.info, trace.sender);
    if (choice.level === 'None') return;
    const audited = { req, trace, choice };
    this.record(audited, 'RequestReceived', 0);
    const isStream = isLongRunning(trace.info);
    if (isStream) onHead(res, () => this.record(audited, 'ResponseStarted', res.statusCode));
    const wantsBodies = choice.level !== 'Metadata';
    if (wantsBodies && HAS_REQUEST_BODY.has(trace.info.verb)) req.keepsBody = true;
    const answer = choice.level === 'RequestResponse' && !isStream ? keepAnswer(res) : undefined;
    res.on('close', () => {
      const stage = trace.isPanic ? 'Panic' : 'ResponseComplete';
      const at = performance.now();
      const code = res.statusCode;
      if (!wantsBodies) this.record(audited, stage, code, { at });
      else void this.recordWithBodies(audited, { stage, at, code }, answer?.());
    });
  }

  private async recordWithBodies(
    audited: Audited,
    { stage, at, code }: Pick<AuditMoment, 'stage' | 'at' | 'code'>,
    answer: Buffer | undefined,
  ): Promise<void> {
    const { req, choice } = audited;
    const requestObject = await objectOf(req.keptBody, req.headers['content-type'], choice.omitManagedFields);
    const responseObject = await objectOf(answer, 'application/json', choice.omitManagedFields);
    this.record(audited, stage, code, { at, requestObject, responseObject });
  }

  /** A connection leaves HTTP: told when it does, and when it ends. */
  upgraded(req: IncomingMessage, socket: Duplex, trace: RequestTrace): void {
    const choice = this.choiceOfUpgrade(trace);
    if (choice.level === 'None') return;
    const audited = { req, trace, choice };
    this.record(audited, 'RequestReceived', 0, { at: trace.startedAt });
    this.record(audited, 'ResponseStarted', SWITCHING_PROTOCOLS);
    const end = () => this.record(audited, 'ResponseComplete', SWITCHING_PROTOCOLS);
    // A short command may be over before this is told of it.
    if (socket.destroyed) end();
    else socket.once('close', end);
  }

  /** A connection that wanted to leave HTTP was answered like any other request. */
  refused(req: IncomingMessage, trace: RequestTrace, failure: Status): void {
    trace.failure = failure;
    const choice = this.choiceOfUpgrade(trace);
    if (choice.level === 'None') return;
    const audited = { req, trace, choice };
    this.record(audited, 'RequestReceived', 0, { at: trace.startedAt });
    this.record(audited, 'ResponseComplete', failure.code);
  }

  private choiceOfUpgrade({ info, sender }: RequestTrace): AuditChoice {
    if (this.policy) return chooseAudit(this.policy, info, sender);
    return STREAMS.has(info.subresource) ? BY_DEFAULT : { ...BY_DEFAULT, level: 'None' };
  }

  private record(
    { req, trace, choice }: Audited,
    stage: Stage,
    code: number,
    more: Partial<Pick<AuditMoment, 'at' | 'requestObject' | 'responseObject'>> = {},
  ): void {
    // The default has no line for what has only been asked.
    if (choice.omitStages.has(stage) || (choice === BY_DEFAULT && stage === 'RequestReceived')) return;
    this.log.record(auditEvent(req, trace, { level: choice.level, stage, code, at: performance.now(), ...more }));
  }
}

/** Calls back once, when the head of the answer is sent. */
function onHead(res: ServerResponse, tell: () => void): void {
  const { writeHead } = res;
  res.writeHead = ((...given: Parameters<ServerResponse['writeHead']>) => {
    res.writeHead = writeHead;
    const sent = writeHead.apply(res, given);
    tell();
    return sent;
  }) as ServerResponse['writeHead'];
}
