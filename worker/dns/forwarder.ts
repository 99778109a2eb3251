/**
 * Names outside the cluster: asked of the upstream servers, remembered for as long as their answers say.
 *
 * Servers are tried in their order. One that fails twice in a row is left alone for a moment, so that a machine without a
 * network gets its "server failure" at once instead of after seconds. The same question asked by many is asked upstream once.
 */
import { exchange } from './exchange';
import type { Query } from './query';
import { olderBy, type ResponseTimes, responseTimes } from './response-times';
import { type Routes, serversFor, type Upstream } from './upstreams';

const MAX_REMEMBERED = 10_000;
const MAX_UNDER_WAY = 1000;
const FAILURES_TO_REST = 2;
const REST_MS = 3000;

interface Remembered {
  readonly message: Buffer;
  readonly times: ResponseTimes;
  readonly since: number;
}

export interface ForwarderDependencies {
  routes(): Routes;
  exchange?: typeof exchange;
  /** milliseconds of a clock that never goes back */
  now?(): number;
  onFailure?(error: Error): void;
}

export class Forwarder {
  private readonly remembered = new Map<string, Remembered>();
  private readonly underWay = new Map<string, Promise<Buffer | undefined>>();
  private readonly resting = new Map<string, { failures: number; until: number }>();
  private readonly exchange: typeof exchange;
  private readonly now: () => number;

  constructor(private readonly deps: ForwarderDependencies) {
    this.exchange = deps.exchange ?? exchange;
    this.now = deps.now ?? (() => performance.now());
  }

  /** Forgets all answers: the servers have changed. */
  clear(): void {
    this.remembered.clear();
    this.resting.clear();
  }

  /** The answer with the question's own id and letters; undefined when no server gave one. */
  async resolve(message: Buffer, query: Query, overTcp: boolean): Promise<Buffer | undefined> {
    const key = keyOf(message, query, overTcp);
    const known = this.remember(key);
    const answer = known ?? (await this.ask(key, message, query, overTcp));
    return answer && asAnswerTo(message, query, answer);
  }

  private remember(key: string): Buffer | undefined {
    const known = this.remembered.get(key);
    if (!known) return undefined;
    const age = Math.floor((this.now() - known.since) / 1000);
    if (age < known.times.keepSeconds) return olderBy(known.message, known.times, age);
    this.remembered.delete(key);
    return undefined;
  }

  private ask(key: string, message: Buffer, query: Query, overTcp: boolean): Promise<Buffer | undefined> {
    const asked = this.underWay.get(key);
    if (asked) return asked;
    if (this.underWay.size >= MAX_UNDER_WAY) return Promise.resolve(undefined);
    const asking = this.askServers(message, query, overTcp)
      .then((answer) => {
        if (answer) this.keep(key, answer);
        return answer;
      })
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, asking);
    return asking;
  }

  private async askServers(message: Buffer, query: Query, overTcp: boolean): Promise<Buffer | undefined> {
    for (const server of serversFor(this.deps.routes(), query.name)) {
      if (this.isResting(server)) continue;
      try {
        const answer = await this.exchange(message, server, overTcp);
        this.resting.delete(`${server.address}:${server.port}`);
        return answer;
      } catch (error) {
        this.countFailure(server);
        this.deps.onFailure?.(error as Error);
      }
    }
    return undefined;
  }

  private isResting({ address, port }: Upstream): boolean {
    const rest = this.resting.get(`${address}:${port}`);
    return rest !== undefined && rest.failures >= FAILURES_TO_REST && this.now() < rest.until;
  }

  private countFailure({ address, port }: Upstream): void {
    const key = `${address}:${port}`;
    const failures = (this.resting.get(key)?.failures ?? 0) + 1;
    this.resting.set(key, { failures, until: this.now() + REST_MS });
  }

  private keep(key: string, message: Buffer): void {
    const times = timesOf(message);
    if (times.keepSeconds === 0) return;
    // The oldest goes: a Map keeps the order in which keys came.
    const [oldest] = this.remembered.size >= MAX_REMEMBERED ? this.remembered.keys() : [];
    if (oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(key, { message, times, since: this.now() });
  }
}

/** A message that cannot be read through is passed on, and not kept. */
function timesOf(message: Buffer): ResponseTimes {
  try {
    return responseTimes(message);
  } catch {
    return { keepSeconds: 0, offsets: [] };
  }
}

/** Flags (recursion, checking) and EDNS make another question of the same name. */
function keyOf(message: Buffer, query: Query, overTcp: boolean): string {
  const flags = message.readUInt16BE(2);
  return `${query.name} ${query.type} ${flags} ${query.edns?.udpBytes ?? ''} ${overTcp}`;
}

/** The same name was asked before, perhaps in other letters: the answer repeats those of this question. */
function asAnswerTo(message: Buffer, query: Query, answer: Buffer): Buffer {
  const copy = Buffer.from(answer);
  copy.writeUInt16BE(query.id, 0);
  message.copy(copy, 12, 12, 12 + query.question.length);
  return copy;
}
