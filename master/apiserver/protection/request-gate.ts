/**
 * Between authorization and the handlers: every request belongs to a flow of a priority level, and takes one of the level's seats.
 *
 * Levels divide the server's seats by their shares, so that a flood in one leaves the others theirs; requests that last as long as the
 * client likes (watches, logs, streams) take none. The levels and flows are the FlowSchema and PriorityLevelConfiguration objects of the
 * cluster; whoever changes them changes this at once.
 * A large list takes several seats (`list-width.ts`).
 * Kubernetes also lends idle seats to other levels, and lets a write keep its seat a moment longer for those who watch; left out because
 * the shares of a small cluster are seldom used up.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import type { ServerResponse } from 'node:http';
import { StatusError } from '../../../helper/api/status-error';
import { isTrue, type RequestInfo } from '../request-info';
import type { RequestTrace } from '../request-trace';
import { type Flow, FlowClassifier } from './classify-flow';
import type { FlowSchema, PriorityLevel } from './default-flow-control';
import { FairQueue, type QueueLimits } from './fair-queue';
import { maxSeatsOfRequest, type ObjectCount, seatsOfList } from './list-width';

/** Requests at a time that only read, and that change something, as in Kubernetes: together they are the seats to divide. */
const MAX_READS = 400;
const MAX_WRITES = 200;
const SERVER_SEATS = MAX_READS + MAX_WRITES;
/** A quarter of the time a request may take. */
const MAX_WAIT_MS = 15_000;
/** Of all flows of a level. */
const MAX_WAITING = 5_000;
const DEFAULT_SHARES = 30;
const RETRY_AFTER_SECONDS = 1;

const LONG_SUBRESOURCES = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** True for requests that end when the client likes. */
export function isLongRunning({ verb, subresource, query }: RequestInfo): boolean {
  if (verb === 'watch') return true;
  if (!LONG_SUBRESOURCES.has(subresource.split('/', 1)[0] ?? '')) return false;
  return subresource !== 'log' || isTrue(query, 'follow');
}

/** A level with its queue. */
export interface Level {
  readonly name: string;
  readonly uid: string;
  readonly queue: FairQueue;
  /** the most one request may take of them */
  readonly maxSeats: number;
}

/** What a request holds: seats, or a place in the line for them. */
export interface Ticket {
  readonly level: Level;
  readonly seats: number;
  /** set while it waits: gives the place up */
  leaveLine: (() => void) | undefined;
}

/** There was no seat, and no place to wait for one. */
export class NoSeat extends StatusError {
  constructor() {
    const details = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    super('TooManyRequests', 'Too many requests, please try again later.', details);
  }
}

const sharesOf = ({ spec }: PriorityLevel) =>
  spec?.type === 'Exempt'
    ? (spec.exempt?.nominalConcurrencyShares ?? 0)
    : (spec?.limited?.nominalConcurrencyShares ?? DEFAULT_SHARES);

/** The limits of each level by name: its part of the seats, and the length of its lines. */
export function limitsOf(levels: readonly PriorityLevel[]): Map<string, QueueLimits> {
  const allShares = levels.reduce((sum, level) => sum + sharesOf(level), 0);
  return new Map(
    levels.map((level) => {
      const { spec, metadata } = level;
      const seats =
        spec?.type === 'Exempt' ? Number.POSITIVE_INFINITY : Math.ceil((SERVER_SEATS * sharesOf(level)) / allShares);
      const response = spec?.limited?.limitResponse;
      const { handSize = 8, queueLengthLimit = 50 } = response?.queuing ?? {};
      // Where Kubernetes deals a flow a hand of shared queues, each flow has a line of its own here, as long as that hand.
      const maxWaitingPerFlow = response?.type === 'Queue' ? handSize * queueLengthLimit : 0;
      return [metadata.name, { seats, maxWaitingPerFlow, maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS }];
    }),
  );
}

export class RequestGate {
  private classifier = new FlowClassifier([]);
  private levels = new Map<string, Level>();
  /** Called before a request is judged: whoever feeds this gate can notice that it is behind. */
  beforeEach: () => void = () => undefined;

  constructor(
    schemas: readonly FlowSchema[],
    levels: readonly PriorityLevel[],
    private readonly countObjects: ObjectCount = () => 0,
  ) {
    this.configure(schemas, levels);
  }

  /** Takes other schemas and levels. A level that stays keeps its queue; one that goes serves those in it to the end. */
  configure(schemas: readonly FlowSchema[], levels: readonly PriorityLevel[]): void {
    const limits = limitsOf(levels);
    const next = new Map<string, Level>();
    for (const { metadata, spec } of levels) {
      const limit = limits.get(metadata.name) as QueueLimits;
      const queue = this.levels.get(metadata.name)?.queue ?? new FairQueue(limit);
      queue.setLimits(limit);
      const maxSeats = maxSeatsOfRequest(limit.seats, spec?.limited?.limitResponse?.queuing?.handSize);
      next.set(metadata.name, { name: metadata.name, uid: metadata.uid ?? '', queue, maxSeats });
    }
    this.levels = next;
    // A schema whose level does not exist is passed over, as in Kubernetes.
    this.classifier = new FlowClassifier(
      schemas.filter(({ spec }) => next.has(spec?.priorityLevelConfiguration.name ?? '')),
    );
  }

  allLevels(): Iterable<Level> {
    return this.levels.values();
  }

  /**
   * Lets a request in: undefined when it has its seats now, a promise when it must wait, which fails with NoSeat. The ticket goes into the trace and comes back with {@link leave}.
   */
  enter(trace: RequestTrace, res: ServerResponse): Promise<void> | undefined {
    this.beforeEach();
    const flow = this.classifier.classify(trace.user, trace.info);
    const level = flow && this.levels.get(flow.schema.spec?.priorityLevelConfiguration.name ?? '');
    if (!level) return undefined;
    tellFlow(res, flow, level);
    if (level.queue.seats === Number.POSITIVE_INFINITY || isLongRunning(trace.info)) return undefined;
    const seats =
      trace.info.verb === 'list' ? seatsOfList(trace.info, this.countObjects(trace.info), level.maxSeats) : 1;
    const ticket: Ticket = { level, seats, leaveLine: undefined };
    if (level.queue.tryEnter(seats)) {
      trace.ticket = ticket;
      return undefined;
    }
    return this.waitInLine(trace, ticket, flow);
  }

  private waitInLine(trace: RequestTrace, ticket: Ticket, { schema, distinguisher }: Flow): Promise<void> {
    return new Promise((resolve, reject) => {
      ticket.leaveLine = ticket.level.queue.wait({
        flow: `${schema.metadata.name}/${distinguisher}`,
        seats: ticket.seats,
        onSeat: () => {
          ticket.leaveLine = undefined;
          resolve();
        },
        onTimeout: () => {
          trace.ticket = undefined;
          reject(new NoSeat());
        },
      });
      if (ticket.leaveLine) trace.ticket = ticket;
      else reject(new NoSeat());
    });
  }

  /** The request has been answered, or its client is gone. */
  leave(trace: RequestTrace): void {
    const { ticket } = trace;
    if (!ticket) return;
    trace.ticket = undefined;
    if (ticket.leaveLine) ticket.leaveLine();
    else ticket.level.queue.leave(ticket.seats);
  }
}

/** The headers by which clients (and tests) see what decided. */
function tellFlow(res: ServerResponse, { schema }: Flow, { uid }: Level): void {
  if (!uid) return;
  res.setHeader('X-Kubernetes-PF-FlowSchema-UID', schema.metadata.uid ?? '');
  res.setHeader('X-Kubernetes-PF-PriorityLevel-UID', uid);
}
